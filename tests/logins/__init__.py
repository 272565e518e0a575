"""Logins of other houses, against a real OpenID Connect provider on loopback."""
