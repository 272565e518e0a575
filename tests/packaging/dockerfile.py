"""Reads a Dockerfile into stages, as far as ours goes. Whatever it does not know is an error."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = frozenset(
    {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "CMD", "USER", "LABEL", "VOLUME", "EXPOSE", "HEALTHCHECK"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: `RUN` and the rest of its lines, joined."""

    word: str
    rest: str

    @property
    def pairs(self) -> dict[str, str]:
        """NAME=value pairs of ENV and LABEL."""
        return dict(word.split("=", 1) for word in shlex.split(self.rest))

    @property
    def arguments(self) -> list[str]:
        """The exec form: the JSON list that ends the instruction."""
        found: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return found


@dataclass(slots=True)
class Stage:
    """What follows a FROM. `name` is "" when it has none."""

    image: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def of(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages in their order. Raises ValueError for an instruction that is not in KNOWN."""
    stages: list[Stage] = []
    for line in _instructions(path.read_text(encoding="utf-8")):
        word, _, rest = line.partition(" ")
        if word not in KNOWN:
            raise ValueError(f"{word} is not understood here.")
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stages.append(Stage(image=image.strip(), name=name.strip()))
        else:
            stages[-1].steps.append(Step(word, rest.strip()))
    return stages


def _instructions(text: str) -> list[str]:
    """One line an instruction, without comments."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [line.strip() for line in joined.splitlines() if line.strip()]
