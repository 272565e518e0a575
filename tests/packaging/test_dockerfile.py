"""The Dockerfile: clean by hadolint, without root and without secrets. Its steps are run by `prove_dockerfile`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.dockerfile import read_dockerfile
from tests.packaging.prove_dockerfile import allowed_names

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile"
STAGES = read_dockerfile(DOCKERFILE)


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"

    done = subprocess.run([hadolint, DOCKERFILE], text=True, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_both_stages_start_from_the_same_slim_python() -> None:
    assert [(stage.image, stage.name) for stage in STAGES] == [
        ("python:3.11-slim-bookworm", "build"),
        ("python:3.11-slim-bookworm", ""),
    ]


def test_it_does_not_run_as_root() -> None:
    assert [step.rest for step in STAGES[-1].of("USER")] == ["10001"]


def test_it_serves_the_web_in_exec_form_so_that_sigterm_arrives() -> None:
    assert STAGES[-1].of("CMD")[0].arguments == ["granian", "--interface", "wsgi", "studio.config.wsgi:application"]


def test_static_files_do_not_lie_on_the_volume() -> None:
    settings = {name: value for step in STAGES[-1].of("ENV") for name, value in step.pairs.items()}

    assert settings["VAR_DIR"] == "/data"
    assert settings["STATIC_ROOT"] == "/opt/static"
    assert [step.arguments for step in STAGES[-1].of("VOLUME")] == [["/data"]]


def test_the_final_image_holds_no_secret() -> None:
    kept = " ".join(step.rest for step in STAGES[-1].steps)

    assert "SECRET" not in kept
    assert "KEY" not in kept


def test_every_package_is_installed_by_its_hash() -> None:
    installs = [line for step in STAGES[0].of("RUN") for line in step.rest.split("&&") if "pip " in line]

    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_the_context_holds_what_is_copied_and_nothing_else() -> None:
    allowed = allowed_names((ROOT / ".dockerignore").read_text(encoding="utf-8"))
    copied = [step.rest.split()[:-1] for step in STAGES[0].of("COPY")]

    assert allowed == {name for names in copied for name in names}


def test_an_unknown_instruction_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nADD everything /\n", encoding="utf-8")

    with pytest.raises(ValueError, match="ADD is not understood here"):
        read_dockerfile(tmp_path / "Dockerfile")


def test_lines_are_joined_and_comments_left_out(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a AS b\n# why\nRUN one \\\n    && two\n", encoding="utf-8")

    (stage,) = read_dockerfile(tmp_path / "Dockerfile")

    assert (stage.image, stage.name) == ("a", "b")
    assert [(step.word, step.rest) for step in stage.steps] == [("RUN", "one && two")]
