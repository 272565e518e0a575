"""store_throughput: clips of 20 MB from the remote's socket to the S3 store.

Ours: one engine with as many rows in STORING, from its first GET of an output to the last row READY, with checksum,
probe and poster. References in the same run: `curl` piped into `aws s3 cp -`, and parallel puts of the same bytes.
"""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from botocore.config import Config

from tests.bench.custody.films import padded
from tests.bench.custody.installation import Installation
from tests.bench.custody.machine import ROOT, on_half, say, size, standin, stats
from tests.bench.figures import Figure
from tests.services.postgres import postgres_server
from tests.services.swift import S3Store, swift_store

CLIP_BYTES = 20_000_000
FILMS = 4
AT_A_TIME = (2, 4, 8)
REQUIREMENTS = ROOT / "requirements-aws.txt"
ENVIRONMENT = ROOT / "var" / "aws-venv"


@contextmanager
def vault() -> Iterator[tuple[Installation, S3Store, Path]]:
    """An installation on PostgreSQL and a real S3 store, a stand-in remote, and the folder of its films."""
    with (
        TemporaryDirectory(prefix="dailies-bench-") as name,
        _store_beside() as store,
        postgres_server() as database_url,
    ):
        films = Path(name) / "films"
        films.mkdir()
        with standin(Path(name), films) as url:
            settings = {**store.environment(), "LOG_LEVEL": "WARNING"}
            installation = Installation(Path(name) / "studio", database_url, url, settings)
            installation.settle_in()
            yield installation, store, films


@contextmanager
def _store_beside() -> Iterator[S3Store]:
    """A store on one half of the cores, as if it were another machine; what follows has the other half."""
    with ExitStack() as stack:
        with on_half(1):
            store = stack.enter_context(swift_store())
        with on_half(0):
            yield store


def put_to_store(installation: Installation, films: list[Path], count: int) -> None:
    """So many rows in STORING and no other, the films in turn."""
    installation.rows("forget")
    takes = [
        {
            "task_id": f"done-{films[number % len(films)].name}-{number}",
            "state": "storing",
            "model": "gen4.5",
            "duration_s": 2,
            "due_in_s": 0,
            "sent_ago_s": 60,
        }
        for number in range(count)
    ]
    installation.rows("takes", takes=takes)


def store() -> list[Figure]:
    """Bytes a second, against each of the references."""
    count, clip_bytes = size("STORE_CLIPS", 200), size("STORE_BYTES", CLIP_BYTES)
    with vault() as (installation, bucket, folder):
        films = [padded(folder / f"film{shade}.mp4", size_bytes=clip_bytes, shade=shade) for shade in range(FILMS)]
        put_to_store(installation, films, count)
        with installation.engine():
            ended_at = installation.wait_until_ready(count, within_s=60 + count * clip_bytes / 5e6)
            first = stats(installation.remote_url)["first_download_at"]
            posters_at = installation.wait_for_posters(count, within_s=60 + count)
        ours = count * clip_bytes / (ended_at - first) / 1e6
        say(
            f"engine: {ours:.1f} MB/s, {count} clips in {ended_at - first:.1f} s; "
            f"all posters after {posters_at - first:.1f} s"
        )
        limit = _best("parallel puts", lambda threads: _puts(bucket, films, _sample(count, 80), threads))
        piped = _best(
            "curl | aws s3 cp -",
            lambda pipes: _pipes(bucket, films, _sample(count, 16), pipes, installation.remote_url),
        )
    return [
        Figure("store_throughput against the store's limit by parallel puts", ours, limit, "MB/s", "higher"),
        Figure("store_throughput against curl piped into aws s3 cp", ours, piped, "MB/s", "higher"),
    ]


def _sample(count: int, most: int) -> int:
    """References run steadily: fewer clips say the same, sooner."""
    return min(count, most)


def _best(who: str, measure: Callable[[int], float]) -> float:
    found = {at_a_time: measure(at_a_time) for at_a_time in AT_A_TIME}
    say(f"{who}: " + ", ".join(f"{speed:.1f} MB/s {at_a_time} at a time" for at_a_time, speed in found.items()))
    return max(found.values())


def _puts(store: S3Store, films: list[Path], count: int, threads: int) -> float:
    contents = [film.read_bytes() for film in films]
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        max_pool_connections=threads,
        request_checksum_calculation="when_required",  # as ours: a second checksum would slow the reference
    )
    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint_url,
        region_name=store.region,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        config=config,
    )

    def put(number: int) -> int:
        content = contents[number % len(contents)]
        client.put_object(Bucket=store.bucket, Key=f"limit/{threads}/{number}", Body=content)
        return len(content)

    speed = _speed(put, count, threads)
    client.close()
    return speed


def _speed(put: Callable[[int], int], count: int, threads: int) -> float:
    """MB a second over all clips."""
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(put, range(count)))
    return total / (time.monotonic() - started) / 1e6


def _pipes(store: S3Store, films: list[Path], count: int, pipes: int, url: str) -> float:
    aws = install_aws()
    environment = {
        "PATH": "/usr/bin:/bin",
        "AWS_ACCESS_KEY_ID": store.access_key,
        "AWS_SECRET_ACCESS_KEY": store.secret_key,
        "AWS_DEFAULT_REGION": store.region,
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def put(number: int) -> int:
        film = films[number % len(films)]
        target = f"s3://{store.bucket}/piped/{pipes}/{number}"
        fetch = ["curl", "--silent", "--show-error", "--fail", f"{url}/outputs/{film.name}"]
        with subprocess.Popen(fetch, stdout=subprocess.PIPE) as curl:
            command = [str(aws), "s3", "cp", "-", target, "--endpoint-url", store.endpoint_url, "--only-show-errors"]
            subprocess.run(command, stdin=curl.stdout, env=environment, check=True)
        return film.stat().st_size

    return _speed(put, count, pipes)


def install_aws() -> Path:
    """The AWS command line, in an environment of its own; installed once for each version of the requirements."""
    program, stamp = ENVIRONMENT / "bin" / "aws", ENVIRONMENT / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        sync = ["pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", str(REQUIREMENTS)]
        subprocess.run([uv, *sync, "--python", str(ENVIRONMENT / "bin" / "python")], check=True)
        stamp.write_text(wanted)
    return program
