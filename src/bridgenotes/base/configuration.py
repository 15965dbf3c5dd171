"""What is wrong with a site's configuration, said so that an operator can mend it."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """A setting, key file, rules file or address cannot be used; the message names it."""
