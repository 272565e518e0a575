"""memory: the peak resident memory of an engine process while it stores large files, against 200 MB."""

from pathlib import Path

from tests.bench.custody.films import padded
from tests.bench.custody.installation import Installation
from tests.bench.custody.machine import peak_mb, say, size
from tests.bench.custody.store import put_to_store, vault
from tests.bench.figures import Figure

MOST_MB = 200.0
LARGE_BYTES = 2_000_000_000
EIGHT_BYTES = 250_000_000
SMALL_SHARE = 10
SLOWEST_BYTES_A_S = 8e6


def memory() -> list[Figure]:
    """Peaks of three fresh engines: one file of 2 GB, one of a tenth of that, and eight of 250 MB at once."""
    large, eighth = size("MEMORY_BYTES", LARGE_BYTES), size("MEMORY_EIGHTH_BYTES", EIGHT_BYTES)
    with vault() as (installation, _, folder):
        small = _peak(installation, folder, [large // SMALL_SHARE])
        one = _peak(installation, folder, [large])
        eight = _peak(installation, folder, [eighth] * 8)
    say(f"{large // SMALL_SHARE / 1e6:,.0f} MB: {small:.0f} MB; {large / 1e6:,.0f} MB: {one:.0f} MB; "
        f"8 × {eighth / 1e6:,.0f} MB: {eight:.0f} MB")  # fmt: skip
    return [
        Figure("memory, one file of 2 GB", one, MOST_MB, "MB", "lower"),
        Figure("memory, 8 files of 250 MB at once", eight, MOST_MB, "MB", "lower"),
        Figure("memory, one file of 2 GB against one of 200 MB", one, small, "MB", "lower"),
    ]


def _peak(installation: Installation, folder: Path, sizes: list[int]) -> float:
    """The peak of an engine that stores these files, the process's own start included."""
    films = [
        padded(folder / f"large{number}.mp4", size_bytes=size_bytes, shade=number, is_sparse=True)
        for number, size_bytes in enumerate(sizes)
    ]
    put_to_store(installation, films, len(films))
    with installation.engine() as engine:
        installation.wait_until_ready(len(films), within_s=60 + sum(sizes) / SLOWEST_BYTES_A_S)
        return peak_mb(engine.pid)
