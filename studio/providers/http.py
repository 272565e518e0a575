"""What all providers over HTTP share: a key, an address, two clients, and how an output comes home."""

from pathlib import Path

import httpx

from studio.providers import download as downloads
from studio.providers.addresses import loopback_origin
from studio.providers.base import Download, ProgressCallback
from studio.providers.transport import build_client, build_outside_client


class HttpProvider:
    """The part of a Provider that does not depend on who renders. To be shared by the coroutines of one event loop.

    `client` replaces both HTTP clients (for tests) and stays the caller's to close. It must raise httpx's
    connection errors only for requests that never left, as `transport.Transport` and httpx's own do.
    """

    def __init__(self, *, api_key: str, base_url: str, client: httpx.AsyncClient | None) -> None:
        self._key = api_key.strip()
        self._base_url = base_url.rstrip("/")
        self._own = loopback_origin(self._base_url)
        self._owns_clients = client is None
        self._api = client or build_client()
        self._outside = client or build_outside_client(self._own)

    async def download(
        self, url: str, path: Path, *, max_bytes: int, on_progress: ProgressCallback | None = None
    ) -> Download:
        """Stream an output to `path`, without the key; see `download.download`."""
        return await downloads.download(
            self._outside, url, path, max_bytes=max_bytes, own=self._own, on_progress=on_progress
        )

    async def aclose(self) -> None:
        """Close the connections that were opened here."""
        if self._owns_clients:
            await self._api.aclose()
            await self._outside.aclose()
