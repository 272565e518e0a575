"""Reads settings from the environment, refusing bad values with a sentence that names the setting."""

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class Environment:
    """A mapping of names to texts, with `NAME_FILE` as the second way to give a secret."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values

    def text(self, name: str, default: str = "") -> str:
        """The value of `name`, or what the file that `NAME_FILE` names holds, or `default`."""
        value = self._values.get(name, "").strip()
        path = self._values.get(f"{name}_FILE", "").strip()
        if value and path:
            raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one of them.")
        if path:
            return self._from_file(name, path)
        return value or default

    def flag(self, name: str, *, default: bool) -> bool:
        """True or False; accepts 1/0, true/false, yes/no, on/off."""
        word = self.text(name).lower()
        if not word:
            return default
        if word in TRUE_WORDS | FALSE_WORDS:
            return word in TRUE_WORDS
        raise ImproperlyConfigured(f"{name} is {word!r}. Expected true or false.")

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number from `least` to `most`."""
        value = self._parsed(name, str(default), float, "a number")
        if not least <= value <= most:
            raise ImproperlyConfigured(f"{name} is {value:g}. Expected a number from {least:g} to {most:g}.")
        return value

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._parsed(name, str(default), int, "a whole number")
        if not least <= value <= most:
            raise ImproperlyConfigured(f"{name} is {value}. Expected a whole number from {least} to {most}.")
        return value

    def whole_by_name(
        self, name: str, default: str, *, among: Collection[str], least: int, most: int
    ) -> dict[str, int]:
        """Whole numbers parted by commas: a plain one, under "", for all, and `NAME=NUMBER` for one in `among`."""
        found: dict[str, int] = {}
        for part in self.names(name, default):
            whose, _, number = (text.strip() for text in part.rpartition("="))
            if ("=" in part) != bool(whose) or whose in found or not _is_whole(number, least=least, most=most):
                raise ImproperlyConfigured(
                    f"{name} is {self.text(name)!r}. Expected a whole number from {least} to {most} for all, and "
                    "after it NAME=NUMBER for single ones, each once, as in 4,gen4.5=2."
                )
            if whose and whose not in among:
                raise ImproperlyConfigured(f"{name} names {whose!r}. Expected one of: {', '.join(sorted(among))}.")
            found[whose] = int(number)
        return found

    def names(self, name: str, default: str = "") -> list[str]:
        """A list of words parted by commas."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, default: str, *, among: tuple[str, ...]) -> str:
        """One of the words in `among`."""
        word = self.text(name, default)
        if word not in among:
            raise ImproperlyConfigured(f"{name} is {word!r}. Expected one of: {', '.join(among)}.")
        return word

    def url(self, name: str, default: str = "", *, schemes: tuple[str, ...] = ("http", "https")) -> str:
        """An address with one of `schemes` and a host, without a slash at its end; "" stays ""."""
        value = self.text(name, default)
        if value and not _is_address(value, schemes=schemes):
            expected = " or ".join(f"{scheme}://host" for scheme in schemes)
            raise ImproperlyConfigured(f"{name} is not an address. Expected {expected}.")
        return value.rstrip("/")

    def _parsed(self, name: str, default: str, parse: Callable[[str], T], expected: str) -> T:
        value = self.text(name, default)
        try:
            return parse(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is {value!r}. Expected {expected}.") from error

    @staticmethod
    def _from_file(name: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path!r}, which cannot be read: {error}.") from error


def _is_whole(value: str, *, least: int, most: int) -> bool:
    return value.isascii() and value.isdigit() and least <= int(value) <= most


def _is_address(value: str, *, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, or a port that is none
        return False
