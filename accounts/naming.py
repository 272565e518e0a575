"""What people may call a team: any script, nothing that cannot be seen."""

import unicodedata

from django.core.exceptions import ValidationError

NAME_LENGTH = 120
JOINERS = frozenset("\u200c\u200d")
"""Invisible, and part of how Persian, Hindi and emoji are written: allowed inside a name."""
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean_name(text: str, *, thing: str = "team") -> str:
    """The name as it is stored: composed characters, single spaces. Raises ValidationError with a sentence."""
    composed = unicodedata.normalize("NFC", text)
    if hidden := next((character for character in composed if _is_hidden(character)), None):
        raise ValidationError(
            f"The name has a character in it that cannot be seen (U+{ord(hidden):04X}). Type it anew, without it."
        )
    name = " ".join(composed.split()).strip("".join(JOINERS)).strip()
    if not any(_is_seen(character) for character in name):
        raise ValidationError(f"Give the {thing} a name that can be read, for example “Northlight”.")
    if len(name) > NAME_LENGTH:
        raise ValidationError(f"The name has {len(name)} characters. Use {NAME_LENGTH} at the most.")
    return name


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in HIDDEN_CATEGORIES and character not in JOINERS


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANK_LETTERS
