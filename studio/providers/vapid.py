"""Keys of push: ours (VAPID, RFC 8292) and those of browsers (RFC 8291). All are of P-256, in base64url."""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

CURVE = ec.SECP256R1()
PRIVATE_BYTES, PUBLIC_BYTES, SECRET_BYTES = 32, 65, 16


class BadKey(ValueError):
    """What was given is no key; the text says what it is."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both halves in base64url."""

    private: str = field(repr=False)
    public: str


def new_key() -> KeyPair:
    """A fresh pair."""
    return _pair(ec.generate_private_key(CURVE))


def read_key(text: str) -> KeyPair:
    """The pair of a private key in PEM (line breaks may be written as \\n) or base64url. Raises BadKey."""
    text = text.replace("\\n", "\n").strip()
    if text.startswith("-----BEGIN"):
        return _pair(_from_pem(text))
    number = _decoded(text)
    if len(number) != PRIVATE_BYTES:
        raise BadKey("not 32 bytes in base64url, and no PEM either")
    try:
        return _pair(ec.derive_private_key(int.from_bytes(number, "big"), CURVE))
    except ValueError as error:
        raise BadKey("no private key of the curve P-256") from error


def is_browser_key(p256dh: str, auth: str) -> bool:
    """Whether these can be a browser's: a point of the curve, and a secret of 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, _decoded(p256dh))
        return len(_decoded(p256dh)) == PUBLIC_BYTES and len(_decoded(auth)) == SECRET_BYTES
    except ValueError:
        return False


def _from_pem(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey("a PEM that cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE.name:
        raise BadKey("no private key of the curve P-256")
    return key


def _pair(key: ec.EllipticCurvePrivateKey) -> KeyPair:
    number = key.private_numbers().private_value.to_bytes(PRIVATE_BYTES, "big")
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return KeyPair(private=_encoded(number), public=_encoded(point))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Raises BadKey for what is no base64url."""
    try:
        bare = text.strip().rstrip("=").encode("ascii")
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise BadKey("not in base64url") from error
