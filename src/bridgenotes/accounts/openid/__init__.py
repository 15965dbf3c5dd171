"""Sign-in by a host platform: allauth's OpenID Connect, with every check of the standard made."""
