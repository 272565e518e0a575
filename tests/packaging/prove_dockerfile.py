"""Runs the Dockerfile's steps in a clean folder, and then what it starts.

There is no Docker engine here. So each FROM is a new virtual environment, each COPY takes files that git tracks, each
RUN is given to a shell as it stands, with the image's folders below the clean one. Not run: RUN steps that need root
(`useradd`); not set: UV_NO_CACHE, so that it is quick. Then the CMD serves on loopback, the HEALTHCHECK asks it, the
engine beats, and both end by SIGTERM. Called as `python -m tests.packaging.prove_dockerfile`.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.packaging.dockerfile import Stage, Step, read_dockerfile
from tests.services.processes import LOOPBACK, free_ports

ROOT = Path(__file__).resolve().parents[2]
IMAGE_FOLDERS = re.compile(r"(?<![\w./-])/(app|opt|data)(?=[/\s:\"']|$)")
OURS_TO_PASS_ON = re.compile(r"(PIP_|UV_|SSL_|LANG|LC_|TMPDIR|HOME|https?_proxy|no_proxy)", re.IGNORECASE)
SLOW_SETTINGS = frozenset({"UV_NO_CACHE"})
NEEDS_ROOT = "useradd "
START_S = 30.0
STOP_S = 25.0
ENGINE = ("python", "manage.py", "sync_generations")
ENGINE_CHECK = ("python", "manage.py", "doctor", "--engine")


class NotProven(Exception):
    """A step failed; the text says which."""


class Builder:
    """The folders and the environment of an image that is being built."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.context = folder / "context"
        self.environment: dict[str, str] = {}
        self.workdir = folder

    def place(self, text: str) -> str:
        """`text` with the image's absolute folders below the clean one."""
        return IMAGE_FOLDERS.sub(lambda found: f"{self.folder}/{found[1]}", text)

    def build(self, stage: Stage) -> None:
        """Carry out all steps of a stage."""
        self._start_from_python(stage)
        for step in stage.steps:
            match step.word:
                case "ENV":
                    self._set(step)
                case "WORKDIR":
                    self.workdir = Path(self.place(step.rest))
                    self.workdir.mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(step)
                case "RUN":
                    self._run_step(step)

    def _start_from_python(self, stage: Stage) -> None:
        """The base image: a Python with pip and nothing else."""
        image = self.folder / f"image-{stage.name or 'final'}"
        subprocess.run([sys.executable, "-m", "venv", str(image)], check=True)
        passed_on = {name: value for name, value in os.environ.items() if OURS_TO_PASS_ON.match(name)}
        self.environment = {**passed_on, "PATH": f"{image}/bin:/usr/local/bin:/usr/bin:/bin"}

    def _set(self, step: Step) -> None:
        for name, value in step.pairs.items():
            if name not in SLOW_SETTINGS:
                self.environment[name] = self.place(value).replace("$PATH", self.environment["PATH"])

    def _copy(self, step: Step) -> None:
        words = step.rest.split()
        if words[0].startswith("--from="):
            self._check_copied(words[1], words[2])
            return
        *sources, target = words
        for source in sources:
            self._copy_one(self.context / source, self.workdir / target, is_folder=target.endswith("/"))

    def _check_copied(self, source: str, target: str) -> None:
        """Stages share one tree here, so that a copy to the same place is done already."""
        if source != target or not Path(self.place(source)).exists():
            raise NotProven(f"COPY --from of {source} to {target}")

    @staticmethod
    def _copy_one(source: Path, target: Path, *, is_folder: bool) -> None:
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target / source.name if is_folder else target)

    def _run_step(self, step: Step) -> None:
        if step.rest.startswith(NEEDS_ROOT):
            say(f"not run here (needs root): {step.rest}")
            (self.folder / "data").mkdir()
            return
        self.run(["sh", "-ec", self.place(step.rest)], what=step.rest)

    def run(self, command: Sequence[str], *, what: str) -> str:
        """What the command printed. Raises NotProven when it fails."""
        say(f"run: {what}")
        done = subprocess.run(
            command, cwd=self.workdir, env=self.environment, text=True, capture_output=True, check=False
        )
        if done.returncode:
            raise NotProven(f"{what}\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def running(self, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A process of the image that must end by SIGTERM, with status 0."""
        say(f"start: {' '.join(command)}")
        found = shutil.which(command[0], path=self.environment["PATH"]) or command[0]
        with (self.folder / f"{command[-1]}.log").open("wb") as log:
            process = subprocess.Popen([found, *command[1:]], cwd=self.workdir, env=self.environment, stderr=log)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            status = process.wait(STOP_S)
        finally:
            process.kill()
            process.wait()
        if status:
            raise NotProven(f"{command[0]} ended with status {status} after SIGTERM")

    def wait_for(self, command: Sequence[str], *, process: subprocess.Popen[bytes]) -> None:
        """Until the check passes. Raises NotProven when the process dies or it takes too long."""
        deadline = time.monotonic() + START_S
        found = shutil.which(command[0], path=self.environment["PATH"]) or command[0]
        while subprocess.run(
            [found, *command[1:]], cwd=self.workdir, env=self.environment, capture_output=True, check=False
        ).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                logs = "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))
                raise NotProven(f"{' '.join(command)} never passed.\n{logs[-3000:]}")
            time.sleep(0.2)


def say(line: str) -> None:
    print(line if len(line) < 150 else f"{line[:147]}...", flush=True)  # noqa: T201  # a command


def fill_context(folder: Path) -> None:
    """The build context: what git tracks and .dockerignore lets in."""
    allowed = allowed_names((ROOT / ".dockerignore").read_text(encoding="utf-8"))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    folder.mkdir()
    for name in filter(None, listed.split("\0")):
        if Path(name).parts[0] in allowed and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def allowed_names(dockerignore: str) -> frozenset[str]:
    """What a list of "nothing but these" lets in."""
    lines = [line for line in dockerignore.splitlines() if line and not line.startswith("#")]
    if lines[0] != "*":
        raise NotProven(".dockerignore does not begin by leaving everything out")
    return frozenset(line[1:] for line in lines if line.startswith("!"))


def as_an_operator_sets(port: int) -> Mapping[str, str]:
    """The environment that the person who runs the image gives."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "HTTPS": "false",
        "VIDEO_PROVIDER": "simulator",
        "GRANIAN_HOST": LOOPBACK,
        "GRANIAN_PORT": str(port),
    }


def check_static_file(static: Path, port: int) -> str:
    """The name of a collected file that the web gives whole, for ever cacheable. Raises NotProven."""
    names: dict[str, str] = json.loads((static / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    plain, hashed = next((plain, hashed) for plain, hashed in sorted(names.items()) if plain.endswith(".js"))
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/static/{hashed}", timeout=10) as answer:
        is_whole = answer.read() == (static / hashed).read_bytes()
        if plain == hashed or not is_whole or "immutable" not in answer.headers["Cache-Control"]:
            raise NotProven(f"{hashed} is not served as it should be: {dict(answer.headers)}")
    return hashed


def prove(folder: Path) -> None:
    """All steps, then the web and the engine."""
    builder = Builder(folder)
    fill_context(builder.context)
    stages = read_dockerfile(ROOT / "Dockerfile")
    for stage in stages:
        builder.build(stage)
    final = stages[-1]
    (port,) = free_ports(1)
    builder.environment.update(as_an_operator_sets(port))
    builder.run(["python", "manage.py", "migrate", "--noinput", "--verbosity", "0"], what="migrate")
    with builder.running(final.of("CMD")[0].arguments) as web:
        builder.wait_for(final.of("HEALTHCHECK")[0].arguments, process=web)
        say(f"healthy; served: {check_static_file(folder / 'opt' / 'static', port)}")
    with builder.running(ENGINE) as engine:
        builder.wait_for(ENGINE_CHECK, process=engine)
        say("the engine beats")


def main() -> int:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dailies-image-") as folder:
        try:
            prove(Path(folder))
        except NotProven as failure:
            print(f"Not proven: {failure}", file=sys.stderr)  # noqa: T201  # a command
            return 1
    say(f"The Dockerfile's steps work; {time.monotonic() - start:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
