"""The docs say what is: scenarios, commands, links, and the lines that an operator copies."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from studio.simulator.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OPERATE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
MANAGE = re.compile(r"manage\.py (\w+)")


def block(name: str) -> str:
    """The lines after `<!-- tested: NAME -->`."""
    found = re.search(rf"<!-- tested: {name} -->\n```sh\n(.*?)```", OPERATE, re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    named = set(MANAGE.findall(page.read_text(encoding="utf-8")))

    assert named <= set(get_commands())


def test_the_readme_begins_with_the_two_commands() -> None:
    assert README.index("make demo") < README.index("make test") < README.index("![") < README.index("## What it does")


def test_the_readme_lists_the_scenarios_as_they_are() -> None:
    table = dict(
        re.findall(r"^\| `(\w+)` \| (.*) \|$", README.split("## What the simulator can play")[1], re.MULTILINE)
    )

    assert table == SCENARIOS


def test_the_changelog_counts_the_scenarios() -> None:
    assert f"with real clips and {len(SCENARIOS)} scenarios" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_lines_for_the_secrets_make_all_that_compose_reads(tmp_path: Path) -> None:
    subprocess.run(["sh", "-euc", block("secrets")], cwd=tmp_path, check=True)

    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    files = {name: tmp_path / secret["file"] for name, secret in compose["secrets"].items()}
    password = files["postgres_password"].read_text(encoding="utf-8")
    assert all(path.is_file() for path in files.values())
    assert files["database_url"].read_text(encoding="utf-8") == f"postgres://dailies:{password}@database:5432/dailies\n"
    assert len(files["secret_key"].read_text(encoding="utf-8")) == 67
    assert (tmp_path / "var" / "secrets").stat().st_mode & 0o777 == 0o700
