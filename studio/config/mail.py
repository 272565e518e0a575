"""How mail leaves the house: printed on the console, written to files, or by SMTP."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment

SECURITIES = ("starttls", "tls", "none")


def mail_settings(env: Environment) -> dict[str, Any]:
    """Django's EMAIL_ settings. Without SMTP_HOST mails are printed on the console, or written to MAIL_FOLDER."""
    host, folder = env.text("SMTP_HOST"), env.text("MAIL_FOLDER")
    if host and folder:
        raise ImproperlyConfigured("Both SMTP_HOST and MAIL_FOLDER are set. Keep one of them.")
    way = "smtp" if host else "filebased" if folder else "console"
    sender = env.text("MAIL_FROM", "Dailies <dailies@localhost>")
    if any(character in sender for character in "\r\n"):
        raise ImproperlyConfigured(
            "MAIL_FROM has a line break. Expected one address such as Dailies <dailies@example.com>."
        )
    security = env.choice("SMTP_SECURITY", "starttls", among=SECURITIES)
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{way}.EmailBackend",
        "EMAIL_FILE_PATH": folder or None,
        "EMAIL_HOST": host or "localhost",
        "EMAIL_PORT": env.whole("SMTP_PORT", 465 if security == "tls" else 587, least=1, most=65535),
        "EMAIL_HOST_USER": env.text("SMTP_USER"),
        "EMAIL_HOST_PASSWORD": env.text("SMTP_PASSWORD"),
        "EMAIL_USE_TLS": security == "starttls",
        "EMAIL_USE_SSL": security == "tls",
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
    }
