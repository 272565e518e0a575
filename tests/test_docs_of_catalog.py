"""The page about the catalog says what the catalog says."""

import json
import re
from pathlib import Path

from studio.providers.catalog import BUILT_IN, MODELS, doubts, use_file

PAGE = Path(__file__).resolve().parent.parent / "docs" / "catalog.md"


def table() -> list[str]:
    """What is not confirmed, as the rows of the page: models with the same reason stand together."""
    grouped: dict[tuple[str, str], dict[str, None]] = {}
    for one in doubts(BUILT_IN.values()):
        grouped.setdefault((one.what, one.why), {})[f"`{one.model}`"] = None
    rows = [f"| {', '.join(models)} | {what} | {why} |" for (what, why), models in grouped.items()]
    return ["| Models | Not confirmed | Why |", "|---|---|---|", *sorted(rows, key=lambda row: "| price |" not in row)]


def test_page_lists_all_that_is_not_confirmed() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [row for row in table() if row not in lines] == []
    assert [line for line in lines if line.startswith("| `") and line.count("|") == 4 and line not in table()] == []


def test_example_of_the_page_is_a_file_that_is_taken(tmp_path: Path) -> None:
    example = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    path = tmp_path / "catalog.json"
    path.write_text(example[1], encoding="utf-8")

    try:
        use_file(path)
        changed = {name for name, model in MODELS.items() if model != BUILT_IN.get(name)}
    finally:
        use_file(None)

    assert changed == {record["name"] for record in json.loads(example[1])["models"]}
