"""Keeps the memory of an engine with many threads small."""

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8
ARENAS = 2


def share_arenas() -> None:
    """All threads of this process take their memory from two pools from now on.

    The C library gives each thread one of its own, up to eight a core, and what is free in one is of no use to another:
    with eight clips in hand that was a quarter of all. Another C library than glibc is left as it is.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
