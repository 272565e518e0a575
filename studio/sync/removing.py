"""The engine's part in the end of a team: its work goes when the days of grace are over."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from studio import team_deletion
from studio.sync.chores import Chore
from studio.sync.context import in_database
from studio.team_deletion import Leftover

REMOVE_S = 3600.0
MOST_KEPT = 20
"""Files that stayed in a row of which a storage is away, and not one file in the way."""


@dataclass(slots=True)
class Removals(Chore):
    """An engine's removals of deleted teams. Two engines at once do no harm: each step may be repeated."""

    name: ClassVar[str] = "removal"

    every_s: float = REMOVE_S

    async def work(self) -> None:
        await in_database(team_deletion.close_due)(now=self.bench.now())
        for team_id in await in_database(team_deletion.teams_with_files)():
            await _remove(team_id)


async def _remove(team_id: int) -> None:
    """The files of one team, then their rows; those that stay are tried again by the next removal."""
    tried: list[Leftover] = []
    while leftovers := await in_database(team_deletion.next_leftovers)(team_id, but=tried):
        gone, kept = await asyncio.to_thread(team_deletion.remove_files, leftovers)
        await in_database(team_deletion.forget)(gone)
        tried += kept
        if len(tried) >= MOST_KEPT:
            return
    await in_database(team_deletion.finish)(team_id)
