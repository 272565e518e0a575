"""Secrets of second factors, encrypted under keys that are derived from SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"dailies second factors 1"
KEY_LENGTH = 32


def seal(text: str) -> str:
    """The text, encrypted under SECRET_KEY."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text. Raises InvalidToken when neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS opens it."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> MultiFernet:
    """The first key encrypts, all decrypt."""
    return MultiFernet([Fernet(_key_from(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key_from(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
