"""Which addresses may be fetched from."""

import asyncio
import ipaddress

import pytest

from studio.providers import addresses
from studio.providers.addresses import Origin, check_url, is_public, loopback_origin, origin_of
from studio.providers.errors import DownloadRefused, Unreachable

OWN = Origin("http", "127.0.0.1", 9100)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1",
        "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
    ],
)  # fmt: skip
def test_address_is_not_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text)) is False


@pytest.mark.parametrize("text", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_address_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text)) is True


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("http://127.0.0.1:9100", OWN),
        ("http://localhost:9100/x", Origin("http", "localhost", 9100)),
        ("http://[::1]:9100", Origin("http", "::1", 9100)),
        ("http://127.0.0.1", Origin("http", "127.0.0.1", 80)),
        ("https://api.dev.runwayml.com", None),
        ("http://10.0.0.5:9100", None),
        ("http://localhost.example.com", None),
    ],
)
def test_loopback_origin(base_url: str, origin: Origin | None) -> None:
    assert loopback_origin(base_url) == origin


def test_a_base_url_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="a provider's base URL is not an http or https URL"):
        loopback_origin("runway")


@pytest.mark.parametrize(
    "url",
    [
        "", "clip.mp4", "file:///etc/passwd", "ftp://1.1.1.1/a", "data:video/mp4;base64,AAAA", "https://",
        "https://alice:pass@1.1.1.1/a", "https://[::1", "https://a\nb/",
    ],
)  # fmt: skip
def test_origin_of_refuses_what_is_no_plain_url(url: str) -> None:
    with pytest.raises(DownloadRefused):
        origin_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/clip.mp4",  # public, but not https
        "https://127.0.0.1/clip.mp4",
        "https://localhost/clip.mp4",
        "https://127.1/clip.mp4",  # a short form that the resolver understands
        "https://2130706433/clip.mp4",
        "https://[::ffff:127.0.0.1]/clip.mp4",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:9101/clip.mp4",  # another port than the provider's own
        "http://localhost:9100/clip.mp4",  # another name of the same host
        "https://127.0.0.1:9100/clip.mp4",  # another scheme
    ],
)
def test_check_url_refuses(url: str) -> None:
    with pytest.raises(DownloadRefused):
        asyncio.run(check_url(url, own=OWN))


@pytest.mark.parametrize("url", ["https://1.1.1.1/clip.mp4", "http://127.0.0.1:9100/clip.mp4?_jwt=a"])
def test_check_url_passes(url: str) -> None:
    asyncio.run(check_url(url, own=OWN))


def test_loopback_is_refused_when_the_provider_is_elsewhere() -> None:
    with pytest.raises(DownloadRefused, match="not https"):
        asyncio.run(check_url("http://127.0.0.1:9100/clip.mp4", own=None))


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, *, port: int) -> tuple[addresses.IpAddress, ...]:
        assert (host, port) == ("cdn.example.com", 443)
        return (ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1"))

    monkeypatch.setattr(addresses, "resolve_host", resolve)
    with pytest.raises(DownloadRefused, match="not a public address"):
        asyncio.run(check_url("https://cdn.example.com/clip.mp4", own=None))


def test_a_name_without_an_address_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        asyncio.run(check_url("https://no-such-host.invalid/clip.mp4", own=None))
