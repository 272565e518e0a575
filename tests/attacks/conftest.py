"""The engine's stage, for those who want to break it."""

from tests.sync.conftest import make_stage, stage

__all__ = ["make_stage", "stage"]
