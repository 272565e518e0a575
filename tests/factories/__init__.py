"""Rows for tests, written directly: whoever tests money or states goes through the domain instead."""

from tests.factories.people import PASSWORD, TeamFactory, UserFactory, join
from tests.factories.takes import ClipFactory, GenerationFactory
from tests.factories.work import ProjectFactory, PromptFactory, ReferenceFactory

__all__ = [
    "PASSWORD",
    "ClipFactory",
    "GenerationFactory",
    "ProjectFactory",
    "PromptFactory",
    "ReferenceFactory",
    "TeamFactory",
    "UserFactory",
    "join",
]
