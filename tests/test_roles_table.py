"""docs/roles.md says of each ability and each role what the code says."""

import re
from pathlib import Path

import pytest

from accounts.abilities import LEAST_ROLE, Ability, may
from accounts.enums import Role

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "roles.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
HEAD, TABLE = ROWS[0], {row[0]: row[1:] for row in ROWS[1:]}
WORDS = {"yes": True, "–": False}


def test_the_page_has_each_role_in_their_order() -> None:
    assert ["May", *(role.label for role in sorted(Role))] == HEAD


def test_the_page_has_each_ability_once() -> None:
    assert [row[0] for row in ROWS[1:]] == [ability.value for ability in Ability]
    assert set(LEAST_ROLE) == set(Ability)


@pytest.mark.parametrize("ability", list(Ability))
def test_the_page_says_what_the_code_does(ability: Ability) -> None:
    assert [WORDS[cell] for cell in TABLE[ability.value]] == [may(role, ability) for role in sorted(Role)]


def test_each_ability_is_asked_for_somewhere() -> None:
    root = Path(__file__).resolve().parent.parent
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("accounts", "studio")
        for path in (root / folder).rglob("*.py")
        if path.name != "abilities.py"
    )
    asked = set(re.findall(r"Ability\.([A-Z_]+)", code))
    later = {"SET_BUDGETS", "SEE_REPORTS", "SHARE_OUTSIDE", "SEE_AUDIT"}  # built with their pages

    assert {ability.name for ability in Ability} - asked <= later
