"""Reads the composer's form: what a person asks for, and what in it cannot be read at all."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django import forms

from accounts.models import Team
from studio.generations.request import FIELDS, Spec, SpecInput
from studio.generations.spec import default_spec, problems
from studio.models import Project, Prompt, Reference

GONE_REFERENCE = "This image is not among the team's references. Add it again."
SEED_SENTENCE = "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one."
FRAMES = {field: role for role, field in FIELDS.items()}
FRAME_FIELDS = tuple(FRAMES)
READ = ("prompt", "model", "ratio", "duration_s", "sound", "seed", "takes")
REMEMBERED = ("prompt", "model", "ratio", "duration_s", "seed", "takes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The composer's content. `problems` maps fields of Spec to sentences, "" to one about the whole launch.

    `is_filled` says that somebody asked for this very text (reuse, an idea, a refused form), so that the browser's
    draft must not replace it. `notes` name the values that were adjusted. `seed_text` is a seed that could not be read,
    kept as it was typed: to drop it without a word would buy a clip with another seed than the one that was meant.
    """

    spec: Spec
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    token: UUID | None = None
    seen_credits: int | None = None
    source_prompt: Prompt | None = None
    is_filled: bool = False
    seed_text: str = ""

    def checked(self) -> "Composition":
        """With the problems that the catalog's rules find, beside those that are known."""
        return replace(self, problems={**problems(self.spec), **self.problems})


class ReferenceField(forms.UUIDField):
    """The public id of one of the team's references; somebody else's are not found."""

    def __init__(self, *, team: Team) -> None:
        super().__init__(required=False)
        self.team = team

    def clean(self, value: Any) -> Reference | None:
        """The reference, or None for an empty value. Raises ValidationError."""
        try:
            public_id = super().clean(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(GONE_REFERENCE) from error
        if public_id is None:
            return None
        found = Reference.objects.filter(team=self.team, public_id=public_id).first()
        if found is None:
            raise forms.ValidationError(GONE_REFERENCE)
        return found


class ComposerForm(forms.Form):
    """Every field may be missing: then the default stands. The catalog's rules are checked by `problems`."""

    prompt = forms.CharField(required=False, strip=False)
    model = forms.CharField(required=False, max_length=60)
    ratio = forms.CharField(required=False, max_length=20)
    duration_s = forms.IntegerField(required=False, min_value=0, max_value=3600)
    sound = forms.CharField(required=False)
    seed = forms.IntegerField(required=False, error_messages={"invalid": SEED_SENTENCE})
    takes = forms.IntegerField(required=False, min_value=0, max_value=99)
    token = forms.UUIDField(required=False)
    seen_credits = forms.IntegerField(required=False, min_value=0)
    source_prompt = forms.UUIDField(required=False)

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        self.project = project
        for name in FRAME_FIELDS:
            self.fields[name] = ReferenceField(team=project.team)

    def clean_prompt(self) -> str:
        """With line ends as one character, as the browser's counter and the provider see them."""
        text: str = self.cleaned_data["prompt"]
        return text.replace("\r\n", "\n")

    def clean_sound(self) -> bool | None:
        """None where the form has no switch."""
        return {"on": True, "off": False}.get(self.cleaned_data["sound"])

    def composition(self) -> Composition:
        """What was asked for; what could not be read keeps its default and has a problem."""
        unread = {name: str(errors[0]) for name, errors in self.errors.items()}
        read = self.cleaned_data
        return Composition(
            spec=self._spec(read),
            problems={name: sentence for name, sentence in unread.items() if name in (*READ, *FRAMES)},
            token=read.get("token"),
            seen_credits=read.get("seen_credits"),
            source_prompt=self._source_prompt(read.get("source_prompt")),
            seed_text=str(self.data.get("seed", "")) if "seed" in unread else "",
        )

    def _spec(self, read: dict[str, Any]) -> Spec:
        given = {
            name: read[name]
            for name in READ
            if read.get(name) not in (None, "") or (name == "prompt" and "prompt" in read)
        }
        inputs = [SpecInput(role=role, reference=read[name]) for name, role in FRAMES.items() if read.get(name)]
        return replace(default_spec(), **{"sound": None, **given}, inputs=tuple(inputs))

    def _source_prompt(self, public_id: UUID | None) -> Prompt | None:
        if public_id is None:
            return None
        return Prompt.objects.filter(project=self.project, public_id=public_id).first()


def remembered(spec: Spec) -> dict[str, str]:
    """The spec as the fields of the form, for the session: what the composer shows next time."""
    fields = {name: "" if getattr(spec, name) is None else str(getattr(spec, name)) for name in REMEMBERED}
    for name in FRAME_FIELDS:
        reference = getattr(spec, name)
        fields[name] = str(reference.public_id) if reference else ""
    fields["sound"] = {True: "on", False: "off", None: ""}[spec.sound]
    return fields
