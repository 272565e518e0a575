"""Projects, prompts and references."""

# mypy: disable-error-code="no-untyped-call"
# factory-boy annotates its classes and not its declarations.

from factory.declarations import SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from studio.models import Project, Prompt, Reference
from tests.factories.people import TeamFactory, UserFactory


class ProjectFactory(DjangoModelFactory[Project]):
    """A project of a new team."""

    class Meta:
        model = Project

    team = SubFactory(TeamFactory)
    name = Sequence(lambda n: f"Project {n}")
    slug = Sequence(lambda n: f"project-{n}")
    created_by = SubFactory(UserFactory)


class PromptFactory(DjangoModelFactory[Prompt]):
    """A prompt of a new project."""

    class Meta:
        model = Prompt

    project = SubFactory(ProjectFactory)
    text = Sequence(lambda n: f"A fishing boat leaves a quiet harbour at first light, take {n}")
    created_by = SelfAttribute("project.created_by")


class ReferenceFactory(DjangoModelFactory[Reference]):
    """A reference of a new team. The row alone: nothing is stored under its keys."""

    class Meta:
        model = Reference

    team = SubFactory(TeamFactory)
    filename = Sequence(lambda n: f"harbour-{n}.jpg")
    key = Sequence(lambda n: f"references/{n:032x}.jpg")
    thumb_key = Sequence(lambda n: f"references/{n:032x}-thumb.jpg")
    content_type = "image/jpeg"
    width = 1280
    height = 720
    size_bytes = 24_000
    thumb_size_bytes = 2_400
    sha256 = Sequence(lambda n: f"{n:064x}")
    created_by = SubFactory(UserFactory)
