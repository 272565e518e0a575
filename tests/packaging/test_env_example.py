"""`.env.example` names every setting, with its default."""

import re
from pathlib import Path

from tests.packaging.settings_names import known_settings

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
SETTING = re.compile(r"#([A-Z][A-Z0-9_]*)=(.*)")


def listed() -> dict[str, str]:
    found = (SETTING.fullmatch(line) for line in LINES)
    return {match[1]: match[2] for match in found if match}


def test_it_lists_the_settings_that_the_code_reads_and_no_others() -> None:
    assert set(listed()) == set(known_settings())


def test_it_lists_each_once() -> None:
    names = [match[1] for line in LINES if (match := SETTING.fullmatch(line))]

    assert sorted(names) == sorted(set(names))


def test_its_defaults_are_those_of_the_code() -> None:
    fixed = {name: default for name, default in known_settings().items() if default is not None}
    shown = listed()

    assert {name: shown[name] for name in fixed} == fixed


def test_a_default_that_depends_on_something_is_left_empty_and_said_above() -> None:
    shown = listed()
    depending = [name for name, default in known_settings().items() if default is None]

    assert depending
    for name in depending:
        above = LINES[LINES.index(f"#{name}={shown[name]}") - 1]
        assert shown[name] == ""
        assert above.startswith("# "), name


def test_the_settings_are_found_in_the_code() -> None:
    found = known_settings()

    assert found["LOG_LEVEL"] == "INFO"
    assert found["BEHIND_PROXY"] == "false"
    assert found["MEDIA_MAX_CLIP_BYTES"] == str(2 * 1024**3)
    assert found["DATABASE_URL"] is None
    assert "AWS_SECRET_ACCESS_KEY" in found
