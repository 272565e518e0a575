"""Desk: a person at the studio page, without JavaScript: reads the form, changes it, adds files, presses Generate."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from studio.models import Generation
from tests.stage import Stage
from tests.views.html import Element, parse

Fields = dict[str, list[str]]
Upload = tuple[str, bytes, str]
"""Field of the form, content, file name."""
NOT_SENT = frozenset({"submit", "button", "file", "image", "reset"})
CHOSEN = frozenset({"radio", "checkbox"})
DOCTYPE = re.compile(rb"<!doctype[^>]*>", re.IGNORECASE)


def fields_of(form: Element) -> Fields:
    """What a browser sends of a form, buttons and files apart."""
    found: Fields = {}
    for element in form.walk():
        name, value = element.attributes.get("name"), _value(element)
        if name and value is not None and "disabled" not in element.attributes:
            found.setdefault(name, []).append(value)
    return found


def values_of(form: Element, name: str) -> list[str]:
    """The values among which the form lets a person choose."""
    named = [element for element in form.walk() if element.attributes.get("name") == name]
    options = [option for element in named for option in element.walk() if option.tag == "option"]
    radios = [element for element in named if element.attributes.get("type") == "radio"]
    return [element.attributes["value"] for element in options or radios]


def _value(element: Element) -> str | None:
    attributes, kind = element.attributes, element.attributes.get("type", "text")
    if element.tag == "textarea":
        text = "".join(child for child in element.children if isinstance(child, str))
        return text.removeprefix("\n").replace("\n", "\r\n")
    if element.tag == "select":
        options = [option for option in element.walk() if option.tag == "option"]
        chosen = [option for option in options if "selected" in option.attributes]
        return (chosen or options)[0].attributes["value"]
    if element.tag != "input" or kind in NOT_SENT or (kind in CHOSEN and "checked" not in attributes):
        return None
    return attributes.get("value", "on" if kind in CHOSEN else "")


@dataclass
class Desk:
    """The person, and the page that is before them."""

    stage: Stage
    client: Client
    page: Element = field(default_factory=lambda: Element(""))

    @property
    def form(self) -> Element:
        return self.page.find(id="composer")

    @property
    def fields(self) -> Fields:
        return fields_of(self.form)

    @property
    def price(self) -> int:
        """The credits on the button."""
        return int(self.fields["seen_credits"][0])

    @property
    def problems(self) -> dict[str, str]:
        """What the form says is wrong, by the ids of its sentences."""
        said = (element for element in self.form.walk() if element.attributes.get("class") == "error")
        return {element.attributes["id"]: element.text for element in said if element.text}

    @property
    def notes(self) -> str:
        """What the form says that it has changed by itself."""
        return " ".join(element.text for element in self.form.all("data-adjusted"))

    def open(self, **query: Any) -> "Desk":
        """The studio page, as a link opens it."""
        return self._show(self.client.get(self._address("studio"), query))

    def open_at(self, address: str) -> "Desk":
        """The page at an address that an answer named."""
        return self._show(self.client.get(address))

    def choose(self, **changes: str | list[str]) -> "Desk":
        """Other values; then “Update the price”."""
        return self.add((), **changes)

    def add(self, files: Iterable[Upload], /, **changes: str | list[str]) -> "Desk":
        """Files into their places, and other values; then “Update the price”."""
        return self._show(self.client.post(self._address("composer"), self._sent(changes, files)))

    def press(self, **changes: str | list[str]) -> Any:
        """Press Generate, perhaps with values that the page never showed; the answer."""
        return self.client.post(self.form.attributes["action"], self._sent(changes, ()))

    def generate(self) -> list[Generation]:
        """Press Generate; the takes that were launched."""
        token = self.fields["token"][0]
        answer = self.press()
        if answer.status_code != 302:
            self._show(answer)
        assert answer.status_code == 302, self.problems
        return list(Generation.objects.filter(launch_token=token).order_by("take_number"))

    def _address(self, name: str) -> str:
        return reverse(name, args=[self.stage.team.slug, self.stage.project.slug])

    def _sent(self, changes: dict[str, Any], files: Iterable[Upload]) -> dict[str, Any]:
        sent: dict[str, Any] = {**self.fields, **changes}
        for name, content, filename in files:
            sent[f"{name}_file"] = SimpleUploadedFile(filename, content)
        return sent

    def _show(self, answer: Any) -> "Desk":
        assert answer.status_code in {200, 422}, answer.status_code
        self.page = parse(DOCTYPE.sub(b"", answer.content))
        return self
