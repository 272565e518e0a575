"""A team's key, entered on the page and used by the engine, is to be found nowhere afterwards."""

import logging
import sys
from collections.abc import Iterator
from io import StringIO

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from studio.config.logs import configure_logs
from studio.enums import State
from studio.generations.provider_keys import retire_key
from studio.models import ProviderKey
from studio.sync.keyring import Keyring, read_keys
from tests.stage import Stage
from tests.views.cast import signed_in

KEY = f"key_{'0123456789abcdef' * 8}"
PAGES = (
    "/northlight/keys/", "/northlight/", "/northlight/harbour/", "/northlight/harbour/gallery/",
    "/northlight/harbour/changes/?since=0", "/northlight/checking/", "/readyz", "/northlight/nowhere/",
)  # fmt: skip


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """All that is logged, down to what only developers read."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers, root.level, StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(level="DEBUG")
    yield stream
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture
def stage(stage: Stage, settings: Settings) -> Stage:
    settings.PROVIDER_KEYS_SECRET = ["a secret of forty characters or so, for tests"]
    return stage


def _pages(client: Client) -> str:
    return "".join(
        f"{answer.headers} {answer.content.decode()}"
        for address in PAGES
        for answer in [client.get(address), client.get(address, headers={"HX-Request": "true"})]
    )


def _rows() -> str:
    """All rows of the studio as they are told, but for where the key itself lies."""
    shown = ""
    for model in apps.get_app_config("studio").get_models():
        for row in model._base_manager.all():
            shown += f"{row} {row!r}"
            shown += "" if isinstance(row, ProviderKey) else str(list(model._base_manager.filter(pk=row.pk).values()))
    return shown


@pytest.mark.parametrize("scenario", ["normal", "key_revoked", "html_502", "create_502"])
def test_neither_key_nor_ciphertext_is_told_by_anything(
    stage: Stage, logged: StringIO, scenario: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.add_account(KEY, scenario=scenario)
    client = signed_in(stage.owner)
    told = client.post("/northlight/keys/", {"key": KEY}).content.decode()
    told += client.post("/northlight/keys/", {"key": f"{KEY}0"}).content.decode()
    take = stage.launch()
    for _ in range(6):
        stage.run_pass(after_s=60)
    told += _pages(client)
    row = ProviderKey.objects.get()
    with pytest.raises(SystemExit):
        call_command("doctor")
    take.refresh_from_db()
    assert scenario != "normal" or take.state == State.READY
    retire_key(stage.team, by=stage.owner, now=stage.clock.now())
    client.post("/northlight/keys/", {"key": KEY})
    told += _pages(client) + _rows() + logged.getvalue() + "".join(capsys.readouterr())

    assert "key.entered" in logged.getvalue()
    for secret in (KEY, KEY[4:], row.ciphertext, ProviderKey.objects.active().get().ciphertext):
        assert secret not in told


def test_what_the_engine_holds_does_not_tell_it(stage: Stage) -> None:
    stage.add_account(KEY)
    signed_in(stage.owner).post("/northlight/keys/", {"key": KEY})
    found = read_keys("of the installation")
    seen: list[str] = [repr(found), str(found)]

    async def look() -> None:
        async with httpx.AsyncClient() as client:
            engine = stage.engine(stage.provider(client))
            ring = Keyring(engine.bench)
            await ring.refresh()
            seen.extend(map(repr, [ring, *ring.all(), ring.lines(), engine]))
            await ring.aclose()

    async_to_sync(look)()

    assert len(found.keys) == 1
    assert KEY not in "".join(seen)
    assert ProviderKey.objects.get().ciphertext not in "".join(seen)
