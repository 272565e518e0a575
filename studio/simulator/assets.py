"""The check of the files that a body points at, before a task exists."""

import base64
import binascii
import io
import ipaddress
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError

from studio.simulator import films, issues
from studio.simulator.cards import Limits, Role
from studio.simulator.films import Facts, Unreadable
from studio.simulator.issues import Issue
from studio.simulator.sniffing import IMAGE_TYPES, KINDS, sniff
from studio.simulator.validator import AssetRef, Order

DATA_URI = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<content>[A-Za-z0-9+/=]+)", re.ASCII)
SIDE_MAX_PX = 8000
DECLARED_TYPES = (*IMAGE_TYPES, "image/jpg")
SLACK_S = 0.1
"""A film of thirty seconds may have one frame more than that."""

FindUpload = Callable[[str], bytes | None]
Fetch = Callable[[str], bytes | None]
"""Reads an https address; None when there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One file of an order, read and looked at."""

    role: Role
    kind: str
    content: bytes
    facts: Facts
    tag: str = ""
    at: float = 0.0
    is_share: bool = False
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """The files of an order: `first` begins the clip, `last` ends it, `media` are all others in the body's order."""

    first: bytes | None = None
    last: bytes | None = None
    media: tuple[Media, ...] = ()

    def of(self, *roles: Role) -> list[Media]:
        """The files that are there for this."""
        return [one for one in self.media if one.role in roles]


class BadAsset(Exception):
    """This file is not taken, with the sentence that says why."""


def check_pictures(order: Order, *, find_upload: FindUpload, fetch: Fetch) -> tuple[Pictures, list[Issue]]:
    """Read and check every file. Issues are empty when all of them are good."""
    found: list[tuple[AssetRef, Media]] = []
    bad: list[Issue] = []
    for asset in order.frames:
        limits = order.variant.limits.get(asset.role, Limits())
        try:
            media = _media(asset, limits=limits, find_upload=find_upload, fetch=fetch)
        except BadAsset as error:
            bad.append(issues.custom(str(error), path=asset.path))
        else:
            found.append((asset, media))
            bad += _length_issues(media.facts, limits=limits, asset=asset)
    pictures = _gathered(media for _, media in found)
    return pictures, bad or _total_issues(order, found=found) + _late_keyframes(found, pictures=pictures)


def _gathered(all_media: Iterable[Media]) -> Pictures:
    first = last = None
    others: list[Media] = []
    for media in all_media:
        if media.role is Role.FIRST:
            first = media.content
        elif media.role is Role.LAST:
            last = media.content
        else:
            others.append(media)
    return Pictures(first, last, tuple(others))


def _media(asset: AssetRef, *, limits: Limits, find_upload: FindUpload, fetch: Fetch) -> Media:
    content = _read(asset, find_upload=find_upload, fetch=fetch)
    facts = _check_picture(content) if asset.kind == "image" else _check_film(content, kind=asset.kind)
    if asset.kind != "audio":
        _check_geometry(facts, limits=limits)
    if limits.fps_max is not None and facts.fps > limits.fps_max + 0.01:
        raise BadAsset(f"Asset frame rate must be at most {limits.fps_max:g} fps. Got {facts.fps:.2f}.")
    return Media(
        role=asset.role,
        kind=asset.kind,
        content=content,
        facts=facts,
        tag=asset.tag,
        at=asset.at,
        is_share=asset.is_share,
        span=asset.span,
    )


def _read(asset: AssetRef, *, find_upload: FindUpload, fetch: Fetch) -> bytes:
    if asset.uri.startswith("runway://"):
        content = find_upload(asset.uri)
        if content is None:
            raise BadAsset("Invalid or expired Runway URI.")
        return content
    return _decoded(asset) if asset.uri.startswith("data:") else _fetched(asset.uri, fetch=fetch)


def _decoded(asset: AssetRef) -> bytes:
    match = DATA_URI.fullmatch(asset.uri)
    if match is None:
        raise BadAsset("Invalid data URI. Expected data:<type>/<subtype>;base64,<content>.")
    if asset.kind == "image" and match["type"] not in DECLARED_TYPES:
        raise BadAsset(f'Unsupported Content-Type: "{match["type"]}".')
    try:
        return base64.b64decode(match["content"], validate=True)
    except binascii.Error as error:
        raise BadAsset("Invalid data URI. The content is not base64.") from error


def _fetched(url: str, *, fetch: Fetch) -> bytes:
    if not _is_domain(_host(url)):
        raise BadAsset("Invalid asset URL. The host must be a domain name.")
    content = fetch(url)
    if content is None:
        raise BadAsset('Failed to fetch asset. Received HTTP response code "404".')
    return content


def fetch_nothing(url: str) -> None:
    """The usual way to fetch: this remote never goes to the internet, so every address is one that is not there."""


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


def _check_picture(content: bytes) -> Facts:
    kind = sniff(content) or "application/octet-stream"
    if kind not in IMAGE_TYPES:
        raise BadAsset(f'Unsupported Content-Type response header: "{kind}".')
    width, height = _size_px(content)
    if max(width, height) > SIDE_MAX_PX:
        raise BadAsset("Invalid asset dimensions")
    _check_pixels(content)
    return Facts(width=width, height=height)


def _check_film(content: bytes, *, kind: str) -> Facts:
    """The facts of a film or a sound, which must be one that the API takes."""
    found = sniff(content) or "application/octet-stream"
    is_boxed = found.startswith("video/") and kind == "audio"
    if KINDS.get(found) != kind and not is_boxed:
        raise BadAsset(f'Unsupported Content-Type response header: "{found}".')
    try:
        facts = films.look_at(content, kind=kind)
    except Unreadable as error:
        raise BadAsset(f"Invalid asset. {error}") from error
    if kind == "video" and facts.codec not in films.VIDEO_CODECS:
        raise BadAsset(f"Invalid asset. Unsupported video codec {facts.codec}.")
    return facts


def _check_geometry(facts: Facts, *, limits: Limits) -> None:
    if min(facts.size) < limits.side_min_px:
        raise BadAsset(
            f"Invalid asset dimensions. Each side must be at least {limits.side_min_px} px. "
            f"Got {facts.width}x{facts.height}."
        )
    if limits.aspect is not None:
        _check_aspect(facts.width / facts.height, aspect=limits.aspect)


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


def _length_issues(facts: Facts, *, limits: Limits, asset: AssetRef) -> list[Issue]:
    if asset.kind == "image":
        return []
    low, high = limits.duration_min_s, limits.duration_max_s
    if high is not None and facts.duration_s > high + SLACK_S:
        return [issues.asset_too_long(high, path=asset.path)]
    if low is not None and facts.duration_s < low - SLACK_S:
        return [issues.asset_too_brief(low, path=asset.path)]
    return []


def _total_issues(order: Order, *, found: list[tuple[AssetRef, Media]]) -> list[Issue]:
    """What all files of a role last together; the source counts as one more reference film."""
    bad: list[Issue] = []
    for role in (Role.REFERENCE_VIDEO, Role.REFERENCE_AUDIO):
        total_s = order.variant.limits.get(role, Limits()).total_s
        roles = {role, Role.SOURCE} if role is Role.REFERENCE_VIDEO else {role}
        mine = [(asset, media) for asset, media in found if media.role in roles]
        length = sum(media.facts.duration_s for _, media in mine)
        if total_s is not None and len(mine) > 0 and length > total_s + SLACK_S:
            words = f"The combined duration of all {mine[0][0].kind} references must be at most {total_s:g} seconds."
            bad.append(issues.custom(words, path=mine[-1][0].path[:1]))
    return bad


def _late_keyframes(found: list[tuple[AssetRef, Media]], *, pictures: Pictures) -> list[Issue]:
    """Keyframes behind the end of the film."""
    source = pictures.of(Role.SOURCE)
    return [
        issues.custom("The keyframe timestamp must fall within the input video.", path=(*asset.path[:2], "seconds"))
        for asset, media in found
        if media.role is Role.KEYFRAME and not media.is_share and source
        if media.at > source[0].facts.duration_s
    ]
