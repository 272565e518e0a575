"""Reads the composer's form: what a person asks for, and what in it cannot be read at all."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict

from studio.forms.extras import as_extra_fields, read_extras
from studio.forms.inputs import ROLES, as_fields, read_inputs
from studio.forms.sizes import resized
from studio.generations.request import Spec
from studio.generations.spec import default_spec, problems
from studio.models import Project, Prompt
from studio.providers.catalog import find_model

SEED_SENTENCE = "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one."
AUTO = "auto"
LONGEST_S = 3600
READ = ("prompt", "model", "ratio", "resolution", "sound", "seed", "takes")
REMEMBERED = ("prompt", "model", "ratio", "resolution", "seed", "takes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The composer's content. `problems` maps fields of the form to sentences, "" to one about the whole launch.

    `is_filled` says that somebody asked for this very text (reuse, an idea, a refused form), so that the browser's
    draft must not replace it. `notes` name the values that were adjusted. `seed_text` is a seed that could not be read,
    kept as it was typed: to drop it without a word would buy a clip with another seed than the one that was meant.
    `texts` are those of extras, likewise, by the form's field.
    """

    spec: Spec
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    token: UUID | None = None
    seen_credits: int | None = None
    source_prompt: Prompt | None = None
    is_filled: bool = False
    seed_text: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    def checked(self) -> "Composition":
        """With the problems that the catalog's rules find, beside those that are known."""
        return replace(self, problems={**problems(self.spec), **self.problems})


class ComposerForm(forms.Form):
    """Every field may be missing: then the default stands. The catalog's rules are checked by `problems`."""

    prompt = forms.CharField(required=False, strip=False)
    model = forms.CharField(required=False, max_length=60)
    ratio = forms.CharField(required=False, max_length=20)
    size = forms.CharField(required=False, max_length=12)
    resolution = forms.CharField(required=False, max_length=12)
    duration_s = forms.CharField(required=False, max_length=12)
    sound = forms.CharField(required=False)
    seed = forms.IntegerField(required=False, error_messages={"invalid": SEED_SENTENCE})
    takes = forms.IntegerField(required=False, min_value=0, max_value=99)
    token = forms.UUIDField(required=False)
    seen_credits = forms.IntegerField(required=False, min_value=0)
    source_prompt = forms.UUIDField(required=False)

    def __init__(self, data: QueryDict, *, project: Project) -> None:
        super().__init__(data)
        self.fields_read = data
        self.project = project

    def clean_prompt(self) -> str:
        """With line ends as one character, as the browser's counter and the provider see them."""
        text: str = self.cleaned_data["prompt"]
        return text.replace("\r\n", "\n")

    def clean_sound(self) -> bool | None:
        """None where the form has no switch."""
        return {"on": True, "off": False}.get(self.cleaned_data["sound"])

    def clean_duration_s(self) -> int | str | None:
        """Whole seconds, or "auto"; None when nothing is said."""
        text = self.cleaned_data["duration_s"].strip()
        if not text or text == AUTO:
            return text or None
        if not (text.isascii() and text.isdecimal() and int(text) <= LONGEST_S):
            raise forms.ValidationError("Choose a length in whole seconds.")
        return int(text)

    def composition(self) -> Composition:
        """What was asked for; what could not be read keeps its default and has a problem."""
        unread = {name: str(errors[0]) for name, errors in self.errors.items()}
        read = self.cleaned_data
        inputs, missing = read_inputs(self.fields_read, team=self.project.team, project=self.project)
        spec = replace(self._spec(read), inputs=inputs)
        extras = read_extras(self.fields_read, find_model(spec.model))
        known = {name: sentence for name, sentence in unread.items() if name in {*READ, "duration_s"}}
        return Composition(
            spec=resized(replace(spec, extras=extras.values), read.get("size", "")),
            problems=known | missing | extras.problems,
            token=read.get("token"),
            seen_credits=read.get("seen_credits"),
            source_prompt=self._source_prompt(read.get("source_prompt")),
            seed_text=str(self.data.get("seed", "")) if "seed" in unread else "",
            texts=extras.texts,
        )

    def _spec(self, read: dict[str, Any]) -> Spec:
        given = {
            name: read[name]
            for name in READ
            if read.get(name) not in (None, "") or (name == "prompt" and "prompt" in read)
        }
        length = read.get("duration_s")
        if length is not None:
            given["duration_s"] = None if length == AUTO else length
        return replace(default_spec(), **{"sound": None, **given})

    def _source_prompt(self, public_id: UUID | None) -> Prompt | None:
        if public_id is None:
            return None
        return Prompt.objects.filter(project=self.project, public_id=public_id).first()


def remembered(spec: Spec, *, source_prompt: UUID) -> str:
    """The spec as the fields of the form, for the session: what the composer shows next time."""
    fields = [(name, "" if getattr(spec, name) is None else str(getattr(spec, name))) for name in REMEMBERED]
    fields += [
        ("duration_s", AUTO if spec.duration_s is None else str(spec.duration_s)),
        ("sound", {True: "on", False: "off", None: ""}[spec.sound]),
        ("source_prompt", str(source_prompt)),
    ]
    return urlencode([*fields, *as_fields(spec.inputs), *as_extra_fields(spec.extras)])


__all__ = ["ROLES", "ComposerForm", "Composition", "remembered"]
