"""Who the provider is told, and the secrets under which the keys of teams are stored."""

from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment

LEAST_CHARACTERS = 32


def on_behalf_of(env: Environment) -> str:
    """What a header can carry, or ""."""
    name = env.text("RUNWAYML_ON_BEHALF_OF")
    if not name.isascii() or (name and not name.isprintable()):
        raise ImproperlyConfigured(f"RUNWAYML_ON_BEHALF_OF is {name!r}. Expected plain letters, digits and signs.")
    return name


def keys_secrets(env: Environment) -> list[str]:
    """The first encrypts, all decrypt; [] where teams enter no keys. Long ones alone: nothing slows down guessing."""
    secrets = env.names("PROVIDER_KEYS_SECRET")
    if any(len(secret) < LEAST_CHARACTERS for secret in secrets):
        raise ImproperlyConfigured(
            f"PROVIDER_KEYS_SECRET is too short. Expected {LEAST_CHARACTERS} random characters or more "
            '(python -c "import secrets; print(secrets.token_urlsafe(32))"), several parted by commas.'
        )
    return secrets
