"""Where mails lead, and the key by which push services know this installation (RFC 8292)."""

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment
from studio.providers.vapid import BadKey, read_key

CONTACTS = ("mailto:", "https://")


def site_url(hosts: Sequence[str], *, https: bool) -> str:
    """Where the site is, as far as ALLOWED_HOSTS tells."""
    named = [host.lstrip(".") for host in hosts if host not in {"*", ""}]
    return f"{'https' if https else 'http'}://{named[0] if named else 'localhost'}"


def push_settings(env: Environment) -> tuple[str, str, str]:
    """The private key, its public half (both in base64url), and whom push services may write to; "" each where push is
    off."""
    private, contact = env.text("PUSH_PRIVATE_KEY"), env.text("PUSH_CONTACT")
    if bool(private) != bool(contact):
        missing = "PUSH_CONTACT" if private else "PUSH_PRIVATE_KEY"
        raise ImproperlyConfigured(f"{missing} is not set. Set PUSH_PRIVATE_KEY and PUSH_CONTACT, or none of them.")
    if not private:
        return "", "", ""
    if not contact.startswith(CONTACTS) or not contact.isascii() or not contact.isprintable() or " " in contact:
        raise ImproperlyConfigured("PUSH_CONTACT is no address. Expected mailto:admin@example.com, or https://….")
    try:
        key = read_key(private)
    except BadKey as error:
        raise ImproperlyConfigured(f"PUSH_PRIVATE_KEY is {error}. `manage.py push_keys` makes one.") from error
    return key.private, key.public, contact
