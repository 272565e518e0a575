"""Settings that open the house to strangers."""

from django.conf import settings

from studio.management.checkup.findings import Verdict, fail, ok, warn

LEAST_KEY_CHARACTERS = 40
LEAST_DIFFERENT_CHARACTERS = 10
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})
NEW_KEY = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))".'
MANIFEST = "staticfiles.json"


def check_secret_key() -> Verdict:
    """Whether sessions and links can be forged by guessing."""
    key: str = settings.SECRET_KEY
    if len(key) >= LEAST_KEY_CHARACTERS and len(set(key)) >= LEAST_DIFFERENT_CHARACTERS:
        return ok("SECRET_KEY is long enough.")
    weak = f"SECRET_KEY is too easy to guess ({len(key)} characters). {NEW_KEY}"
    return warn(weak) if _is_private() else fail(weak)


def check_debug() -> Verdict:
    """Whether error pages tell strangers about the code."""
    if not settings.DEBUG:
        return ok("DEBUG is off.")
    if _is_private():
        return warn("DEBUG is on: error pages show code and settings. Set DEBUG=false before others can reach it.")
    return fail("DEBUG is on, and ALLOWED_HOSTS names more than this machine. Set DEBUG=false.")


def check_https() -> Verdict:
    """Whether cookies and passwords travel in the clear."""
    if "*" in settings.ALLOWED_HOSTS:
        return warn("ALLOWED_HOSTS takes any name. Set it to the names of this site.")
    if settings.SECURE_SSL_REDIRECT:
        return _https_is_on()
    if _is_private():
        return ok("HTTPS is off, and ALLOWED_HOSTS names this machine alone.")
    return warn("HTTPS is off: passwords travel in the clear. Put a proxy with a certificate in front; set HTTPS=true.")


def _https_is_on() -> Verdict:
    if settings.SECURE_PROXY_SSL_HEADER:
        return ok("HTTPS is on, behind a proxy that sets X-Forwarded-Proto.")
    return ok("HTTPS is on. Behind a proxy also set BEHIND_PROXY=true, or each page redirects to itself.")


def check_static() -> Verdict:
    """Whether the pages find their styles and scripts."""
    if not settings.STATIC_HASHED:
        return ok("Static files are served as they lie in the source (STATIC_HASHED is off).")
    if (settings.STATIC_ROOT / MANIFEST).is_file():
        return ok(f"Static files are collected in {settings.STATIC_ROOT}.")
    return fail(f"No static files in {settings.STATIC_ROOT}. Run: python manage.py collectstatic --noinput.")


def _is_private() -> bool:
    """Whether only this machine is told to ask here."""
    return set(settings.ALLOWED_HOSTS) <= LOOPBACK_HOSTS
