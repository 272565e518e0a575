"""Logins of other houses: Google, and any OpenID Connect provider."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment

GOOGLE = "allauth.socialaccount.providers.google"
OIDC = "allauth.socialaccount.providers.openid_connect"
OIDC_NAMES = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_SERVER_URL")


def login_apps(env: Environment) -> list[str]:
    """The allauth apps of the logins that are set up."""
    return [app for app, is_on in ((GOOGLE, _has_google(env)), (OIDC, _has_oidc(env))) if is_on]


def login_providers(env: Environment) -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS: no row in the database, all from the environment."""
    providers: dict[str, Any] = {}
    if _has_google(env):
        google = {"client_id": env.text("GOOGLE_CLIENT_ID"), "secret": env.text("GOOGLE_CLIENT_SECRET"), "key": ""}
        providers["google"] = {
            "APPS": [google], "SCOPE": ["profile", "email"], "AUTH_PARAMS": {"access_type": "online"},
            "OAUTH_PKCE_ENABLED": True, "EMAIL_AUTHENTICATION": True,
        }  # fmt: skip
    if _has_oidc(env):
        app: dict[str, Any] = {
            "provider_id": "oidc",
            "name": env.text("OIDC_NAME", "your organization"),
            "client_id": env.text("OIDC_CLIENT_ID"),
            "secret": env.text("OIDC_CLIENT_SECRET"),
            "settings": {"server_url": env.text("OIDC_SERVER_URL")},
        }
        providers["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True, "EMAIL_AUTHENTICATION": True}
    return providers


def _has_google(env: Environment) -> bool:
    return _all_or_none(env, ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"))


def _has_oidc(env: Environment) -> bool:
    return _all_or_none(env, OIDC_NAMES)


def _all_or_none(env: Environment, names: tuple[str, ...]) -> bool:
    missing = [name for name in names if not env.text(name)]
    if missing and len(missing) < len(names):
        raise ImproperlyConfigured(f"{' and '.join(missing)} is not set. Set {', '.join(names)}, or none of them.")
    return not missing
