"""Projects, prompts and references."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
# factory-boy annotates its classes and not its declarations.

from typing import Any

from factory.declarations import SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from accounts.enums import Role
from accounts.models import Membership
from studio.models import Project, Prompt, Reference
from tests.factories.people import TeamFactory, UserFactory


class ProjectFactory(DjangoModelFactory[Project]):
    """A project of a new team. Its maker is a member of the team, a creator unless they have another role there."""

    class Meta:
        model = Project
        skip_postgeneration_save = True

    team = SubFactory(TeamFactory)
    name = Sequence(lambda n: f"Project {n}")
    slug = Sequence(lambda n: f"project-{n}")
    created_by = SubFactory(UserFactory)

    @post_generation
    def membership(self: Project, create: bool, extracted: None, **kwargs: Any) -> None:
        if create:
            Membership.objects.get_or_create(team=self.team, user=self.created_by, defaults={"role": Role.CREATOR})


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
