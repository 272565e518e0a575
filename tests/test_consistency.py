"""Written rules that a test can check."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_TEMPLATE = 50, 450, 200
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}
STATE_WRITER = "studio/generations/transitions.py"
EVENT_WRITER = "studio/generations/events.py"  # copies the state into the history
LEDGER_WRITER = "studio/credits/ledger.py"
CREATING = {"create", "bulk_create", "get_or_create", "update_or_create"}
INLINE = re.compile(r"<style|\sstyle\s*=|\shx-on|\son[a-z]+\s*=|javascript:|[\"']js:", re.IGNORECASE)
STYLE_OF_MAILS = ("templates/emails/base.html", "<style")  # mail programs fetch no style sheets
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)
READ_SETTING = re.compile(r"env\.(?:text|flag|number|names|choice|url)\(\s*\"([A-Z0-9_]+)\"")
# Built from parts, so that this file does not hold what it looks for.
REGISTRIES = re.compile("|".join((r"files\.python" + "hosted", r"registry\.npm" + "js", r"pypi\." + "org/simple")))
MACHINE_PATHS = re.compile("|".join(("/wor" + "k/", "/hom" + "e/[a-z]+/", "/roo" + "t/", "/User" + "s/[A-Za-z]+/")))
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".mp4", ".woff2", ".ico", ".ttf", ".gif"}


@cache
def _tracked() -> tuple[str, ...]:
    """Paths of the files of the project, as git knows them or would with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("This is not a clone: git knows no files here.")
    return tuple(path for path in listed.stdout.splitlines() if (ROOT / path).is_file())


def _python(*, of_code: bool = False) -> Iterator[tuple[str, ast.Module]]:
    for path in _tracked():
        if path.endswith(".py") and not (of_code and path.startswith("tests/")):
            yield path, ast.parse((ROOT / path).read_text(encoding="utf-8"))


def _templates() -> Iterator[tuple[str, str]]:
    for path in _tracked():
        if path.endswith(".html"):
            yield path, (ROOT / path).read_text(encoding="utf-8")


def _texts() -> Iterator[tuple[str, str]]:
    for path in _tracked():
        if Path(path).suffix not in BINARY:
            yield path, (ROOT / path).read_text(encoding="utf-8", errors="replace")


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Each call with the text of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def test_only_the_ledger_writes_entries() -> None:
    writers = {
        path
        for path, tree in _python(of_code=True)
        for _, called in _calls(tree)
        if re.search(rf"LedgerEntry(\.objects\.({'|'.join(CREATING)}))?$|entries\.({'|'.join(CREATING)})$", called)
    }

    assert writers == {LEDGER_WRITER}


def test_only_transitions_write_states() -> None:
    writers = {path for path, tree in _python(of_code=True) if _writes_state(tree)}

    assert writers == {STATE_WRITER, EVENT_WRITER}


def _writes_state(tree: ast.Module) -> bool:
    """Whether a state is given to a write, or assigned to a generation."""
    for call, called in _calls(tree):
        is_write = called.rsplit(".", 1)[-1] in {*CREATING, "update", "bulk_update", "_move", "_end"}
        if is_write and any(keyword.arg == "state" for keyword in call.keywords):
            return True
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    return any(isinstance(target, ast.Attribute) and target.attr == "state" and "generation" in ast.unparse(target)
               for target in targets)  # fmt: skip


def test_every_module_has_a_name_that_says_something() -> None:
    nameless = [path for path in _tracked() if path.endswith(".py") and NAMELESS & {*Path(path).parts, Path(path).stem}]

    assert nameless == []


def test_templates_have_nothing_inline() -> None:
    found = [(path, match.group()) for path, text in _templates() for match in INLINE.finditer(text)]

    assert found == [STYLE_OF_MAILS]


def test_scripts_in_templates_are_files_or_data() -> None:
    inline = [
        path
        for path, text in _templates()
        for attributes, body in SCRIPT.findall(text)
        if "src=" not in attributes or body.strip()
    ]

    assert inline == []


def test_no_registry_is_named() -> None:
    assert [path for path, text in _texts() if REGISTRIES.search(text)] == []


def test_no_path_of_a_machine_is_named() -> None:
    assert [path for path, text in _texts() if MACHINE_PATHS.search(text)] == []


def test_functions_are_short_enough_to_read() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in _python()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert long == []


def test_files_are_short_enough_to_read() -> None:
    sized = [(path, len(text.splitlines())) for path, text in _texts() if path.endswith((".py", ".html"))]
    long = [
        (path, lines)
        for path, lines in sized
        if lines > (LONGEST_TEMPLATE if path.endswith(".html") else LONGEST_FILE) and "/migrations/" not in path
    ]

    assert long == []


def test_every_setting_is_in_the_example() -> None:
    read = {
        name
        for path, text in _texts()
        if path.startswith("studio/config/") and path.endswith(".py")
        for name in READ_SETTING.findall(text)
    }
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#?\s*([A-Z0-9_]+)=", example, re.MULTILINE))

    assert read
    assert read - listed == set()


def test_enums_are_never_compared_with_literals() -> None:
    words = {"queued", "submitting", "running", "storing", "ready", "failed", "cancelled"}
    found = [
        f"{path}:{node.lineno}"
        for path, tree in _python(of_code=True)
        if not path.startswith(("studio/simulator/", "studio/providers/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and ".state" in ast.unparse(node.left)
        if any(isinstance(side, ast.Constant) and side.value in words for side in node.comparators)
    ]

    assert found == []


def test_messages_are_shown_once() -> None:
    """Each layout shows them; a page that did so too would say everything twice."""
    showing = {path for path, text in _templates() if '"components/messages.html"' in text}

    assert showing == {"templates/app.html", "templates/personal.html", "templates/plain.html"}
