"""The only module that knows which account is which contributor.

Others ask `services.contributor_for`; `vault`, which reads the link, is forbidden to them by a contract.
"""
