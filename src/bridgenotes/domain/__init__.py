"""The platform's rules: plain values in, decisions and their explanations out (spec chapter 12).

Nothing here knows a database, a web framework or a clock: ``now`` and ``seed`` are arguments,
every number is a field of `config`, every sentence is in `texts`.
"""
