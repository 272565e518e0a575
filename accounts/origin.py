"""Where a request comes from: its address and its browser."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def ip_of(request: HttpRequest) -> str | None:
    """The client's address; None when there is none that can be read.

    Behind TRUSTED_PROXIES proxies it is the one that the outermost of them has seen; what stands further left in
    X-Forwarded-For was written by the client and means nothing. Without a zone (`fe80::1%eth0`), which no database
    stores.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    proxies = settings.TRUSTED_PROXIES
    text = hops[-min(proxies, len(hops))] if proxies and hops else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return None


def agent_of(request: HttpRequest) -> str:
    """What the browser or script calls itself."""
    return str(request.headers.get("User-Agent", ""))
