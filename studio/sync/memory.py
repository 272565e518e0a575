"""Keeps the memory of an engine with many threads small."""

import ctypes
import gc
from contextlib import suppress

M_ARENA_MAX = -8
ARENAS = 2


GARBAGE_EVERY = 10_000


def settle() -> None:
    """What is loaded now stays for good: the collector need not walk over it again and again, nor come so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY)


def share_arenas() -> None:
    """All threads of this process take their memory from two pools from now on.

    The C library gives each thread one of its own, up to eight a core, and what is free in one is of no use to another:
    with eight clips in hand that was a quarter of all. Another C library than glibc is left as it is.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
