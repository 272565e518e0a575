"""Which network addresses are public, and which hosts can be. Needs no network and no HTTP library."""

import ipaddress
import re
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64_PREFIX = ipaddress.IPv6Network("64:ff9b::/96")
LOW_32_BITS = 0xFFFFFFFF
HTTPS_PORT = 443
HOST_NAME = re.compile(r"\A(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
PRIVATE_ENDS = (".localhost", ".local", ".internal", ".lan", ".home", ".corp", ".arpa", ".test", ".invalid", ".onion")


def parse_address(host: str) -> IpAddress | None:
    """The host as an address, None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet, also inside those that carry an IPv4 address."""
    inner = _carried(address)
    if inner is not None:
        return is_public(inner)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_link_local
        and not address.is_loopback
    )


def may_be_public(url: str) -> bool:
    """Whether a URL that a stranger names may lead to a public host by https, as far as it can be told without asking
    anybody. Whoever connects there checks the addresses of the name."""
    if not url.isascii() or not url.isprintable() or any(character in url for character in ' \\"<>'):
        return False
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or "@" in parts.netloc or port not in {None, HTTPS_PORT}:
        return False
    address = parse_address(host)
    if address is not None:
        return is_public(address)
    return bool(HOST_NAME.match(host)) and not host.endswith(PRIVATE_ENDS)


def _carried(address: IpAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 address (mapped, 6to4, Teredo, NAT64), None if there is none."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64_PREFIX:
        return ipaddress.IPv4Address(int(address) & LOW_32_BITS)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
