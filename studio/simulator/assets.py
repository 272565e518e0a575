"""The check of the images that a body points at, before a task exists."""

import base64
import binascii
import io
import ipaddress
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError

from studio.simulator import issues
from studio.simulator.issues import Issue
from studio.simulator.sniffing import IMAGE_TYPES, sniff
from studio.simulator.validator import FrameAsset, Order

DATA_URI = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<content>[A-Za-z0-9+/=]+)", re.ASCII)
SIDE_MAX_PX = 8000
DECLARED_TYPES = (*IMAGE_TYPES, "image/jpg")

FindUpload = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The frames as files: `first` begins the clip, `last` ends it."""

    first: bytes | None = None
    last: bytes | None = None


class BadAsset(Exception):
    """This image is not taken, with the sentence that says why."""


def check_pictures(order: Order, *, find_upload: FindUpload) -> tuple[Pictures, list[Issue]]:
    """Read and check every frame. Issues are empty when all of them are good."""
    found: dict[str, bytes] = {}
    bad: list[Issue] = []
    for frame in order.frames:
        try:
            content = _read(frame, find_upload=find_upload)
            _check_picture(content, aspect=order.card.aspect)
        except BadAsset as error:
            bad.append(issues.custom(str(error), path=frame.path))
        else:
            found["last" if frame.is_last else "first"] = content
    return Pictures(**found), bad


def _read(frame: FrameAsset, *, find_upload: FindUpload) -> bytes:
    if frame.uri.startswith("runway://"):
        content = find_upload(frame.uri)
        if content is None:
            raise BadAsset("Invalid or expired Runway URI.")
        return content
    return _decoded(frame.uri) if frame.uri.startswith("data:") else _fetched(frame.uri)


def _decoded(uri: str) -> bytes:
    match = DATA_URI.fullmatch(uri)
    if match is None:
        raise BadAsset("Invalid data URI. Expected data:<type>/<subtype>;base64,<content>.")
    if match["type"] not in DECLARED_TYPES:
        raise BadAsset(f'Unsupported Content-Type: "{match["type"]}".')
    try:
        return base64.b64decode(match["content"], validate=True)
    except binascii.Error as error:
        raise BadAsset("Invalid data URI. The content is not base64.") from error


def _fetched(url: str) -> bytes:
    """Nothing: this remote never goes to the internet, so every address answers as one that is not there."""
    if not _is_domain(_host(url)):
        raise BadAsset("Invalid asset URL. The host must be a domain name.")
    raise BadAsset('Failed to fetch asset. Received HTTP response code "404".')


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_domain(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost"))
    return False


def _check_picture(content: bytes, *, aspect: tuple[float, float]) -> None:
    kind = sniff(content) or "application/octet-stream"
    if kind not in IMAGE_TYPES:
        raise BadAsset(f'Unsupported Content-Type response header: "{kind}".')
    width, height = _size_px(content)
    if max(width, height) > SIDE_MAX_PX:
        raise BadAsset("Invalid asset dimensions")
    _check_aspect(width / height, aspect=aspect)
    _check_pixels(content)


def _check_aspect(ratio: float, *, aspect: tuple[float, float]) -> None:
    low, high = aspect
    bound = f"at least {low:g}" if ratio < low else f"at most {high:g}" if ratio > high else ""
    if bound:
        raise BadAsset(f"Invalid asset aspect ratio. width / height ratio must be {bound}. Got {ratio:.3f}.")


def _size_px(content: bytes) -> tuple[int, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(content)).size
    except Image.DecompressionBombError as error:
        raise BadAsset("Invalid asset dimensions") from error
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise BadAsset("Invalid asset. The image could not be decoded.") from error


def _check_pixels(content: bytes) -> None:
    try:
        Image.open(io.BytesIO(content)).load()
    except (OSError, ValueError, SyntaxError) as error:
        raise BadAsset("Invalid asset. The image could not be decoded.") from error
