"""What the renderer is told: one file to make, and a name that only the same file has."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any

from studio.simulator.assets import Media
from studio.simulator.cards import Role, Way

EDITION = 3
"""Part of every digest: raise it when the painting changes, so that kept clips are not taken for new ones."""

FPS = 24


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """One file: size in pixels, seconds, the frames that it begins and ends with, and all else that it is made of.

    `number` tells apart the files of one task.
    """

    prompt: str
    width: int
    height: int
    duration_s: float
    seed: int
    has_sound: bool = False
    first: bytes | None = None
    last: bytes | None = None
    is_draft: bool = False
    way: Way = Way.SCENE
    format: str = "mp4"
    fps: float = FPS
    number: int = 0
    media: tuple[Media, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def rate(self) -> Fraction:
        """Frames a second, as the exact fraction that such a number stands for."""
        return Fraction(self.fps).limit_denominator(1001)

    @property
    def frame_count(self) -> int:
        return max(1, round(self.duration_s * self.fps))

    @cached_property
    def digest(self) -> str:
        """The name of the file: two specs share it exactly when they give the same bytes."""
        plain = (EDITION, self.prompt, self.size, self.duration_s, self.seed, self.has_sound, self.is_draft)
        making = (str(self.way), self.format, self.fps, self.number, json.dumps(dict(self.settings), sort_keys=True))
        pictures = [b"" if one is None else hashlib.sha256(one).digest() for one in (self.first, self.last)]
        others = [
            (str(one.role), one.tag, one.at, one.is_share, one.span, hashlib.sha256(one.content).digest())
            for one in self.media
        ]
        told = repr((plain, making, pictures, others))
        return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()

    def rng(self, purpose: str) -> Random:
        """Chance that the prompt and the seed decide."""
        told = f"{purpose}:{self.seed}:{self.prompt}" + (f":{self.number}" if self.number else "")
        return Random(told.encode("utf-8", "backslashreplace"))  # noqa: S311 - paint

    def of(self, *roles: Role) -> list[Media]:
        """The files that are there for this."""
        return [one for one in self.media if one.role in roles]

    @property
    def source(self) -> Media:
        """The film that is worked on."""
        return self.of(Role.SOURCE, Role.PERFORMANCE)[0]
