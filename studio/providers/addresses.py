"""Which addresses outside the provider's API we send requests to: public ones over https, and nothing else.

Output links and upload addresses come out of a provider's answer. Without these rules, whoever controls such
an answer could make the server read its own network. The one exception is the local simulator: where the
provider's own base URL is on loopback, that scheme, host and port, exactly, are allowed.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import httpx

from studio.providers.errors import DownloadRefused, Unreachable
from studio.providers.networks import IpAddress, is_public, parse_address

__all__ = [
    "IpAddress",
    "Origin",
    "check_url",
    "is_public",
    "loopback_origin",
    "origin_of",
    "parse_address",
    "resolve_host",
]

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host in lower case, and port of an address."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """The origin of a URL. Raises DownloadRefused for what is not a whole http or https URL."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise DownloadRefused("not a URL") from error
    if parsed.scheme not in DEFAULT_PORTS or not parsed.host:
        raise DownloadRefused("not an http or https URL")
    if parsed.userinfo:
        raise DownloadRefused("a URL with a user name in it")
    return Origin(parsed.scheme, parsed.host.lower(), parsed.port or DEFAULT_PORTS[parsed.scheme])


def loopback_origin(base_url: str) -> Origin | None:
    """The origin of a provider on this machine (the simulator); None for a provider elsewhere.

    Raises ValueError for a base URL that is none.
    """
    try:
        origin = origin_of(base_url)
    except DownloadRefused as error:
        raise ValueError(f"a provider's base URL is {error}") from error
    if origin.host == "localhost":
        return origin
    address = parse_address(origin.host)
    return origin if address is not None and address.is_loopback else None


async def resolve_host(host: str, *, port: int) -> tuple[IpAddress, ...]:
    """All addresses of a name. Raises Unreachable when it has none now."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the host has no address") from error
    return tuple(ipaddress.ip_address(entry[4][0]) for entry in found)


async def check_url(url: str, *, own: Origin | None) -> None:
    """Pass when a URL may be asked: https to public addresses, or the provider's own loopback origin.

    Every address of the host is checked. A name could answer otherwise a moment later; the clients of
    `transport.build_outside_client` therefore check again what they connect to. What remains: a client
    that was handed in by a test, and a host whose public address forwards to a private one.
    Raises DownloadRefused, and Unreachable when the name has no address now.
    """
    origin = origin_of(url)
    if own is not None and origin == own:
        return
    if origin.scheme != "https":
        raise DownloadRefused("not https")
    literal = parse_address(origin.host)
    addresses = (literal,) if literal is not None else await resolve_host(origin.host, port=origin.port)
    if not addresses or not all(is_public(address) for address in addresses):
        raise DownloadRefused("not a public address")
