"""Every bad value is a refusal that names its setting; good ones arrive with their type."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment


def _env(**values: str) -> Environment:
    return Environment(values)


def test_text_is_trimmed_and_falls_back() -> None:
    env = _env(KEY="  abc \n", EMPTY="   ")

    assert env.text("KEY") == "abc"
    assert env.text("EMPTY", "default") == "default"
    assert env.text("MISSING") == ""


def test_text_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("  from a file\n", encoding="utf-8")

    assert _env(KEY_FILE=str(secret)).text("KEY", "default") == "from a file"
    assert _env(KEY="", KEY_FILE=str(secret)).text("KEY") == "from a file"


def test_text_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^Both KEY and KEY_FILE are set\. Keep one of them\.$"):
        _env(KEY="a", KEY_FILE=str(tmp_path / "secret")).text("KEY")


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "secret"
    if kind == "folder":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\x80")

    with pytest.raises(ImproperlyConfigured, match=r"^KEY_FILE names '.*secret', which cannot be read: "):
        _env(KEY_FILE=str(path)).text("KEY")


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "Yes", " on "])
def test_flag_reads_yes(word: str) -> None:
    assert _env(DEBUG=word).flag("DEBUG", default=False) is True


@pytest.mark.parametrize("word", ["0", "false", "False", "NO", " off "])
def test_flag_reads_no(word: str) -> None:
    assert _env(DEBUG=word).flag("DEBUG", default=True) is False


def test_flag_falls_back() -> None:
    assert _env(DEBUG=" ").flag("DEBUG", default=True) is True
    assert _env().flag("DEBUG", default=False) is False


def test_flag_refuses_other_words() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DEBUG is 'maybe'\. Expected true or false\.$"):
        _env(DEBUG="maybe").flag("DEBUG", default=False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("soon", "POLL_S is 'soon'. Expected a number."),
        ("5 s", "POLL_S is '5 s'. Expected a number."),
        ("0.04", "POLL_S is 0.04. Expected a number from 0.05 to 600."),
        ("601", "POLL_S is 601. Expected a number from 0.05 to 600."),
        ("-1", "POLL_S is -1. Expected a number from 0.05 to 600."),
        ("nan", "POLL_S is nan. Expected a number from 0.05 to 600."),
        ("inf", "POLL_S is inf. Expected a number from 0.05 to 600."),
    ],
)
def test_number_refuses(text: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        _env(POLL_S=text).number("POLL_S", 5, least=0.05, most=600)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(("text", "value"), [("0.05", 0.05), ("600", 600.0), ("", 5.0), ("1e2", 100.0)])
def test_number_reads(text: str, value: float) -> None:
    assert _env(POLL_S=text).number("POLL_S", 5, least=0.05, most=600) == value


def test_names_are_parted_by_commas() -> None:
    assert _env(HOSTS=" a.example , ,b.example,").names("HOSTS") == ["a.example", "b.example"]
    assert _env().names("HOSTS", "localhost,127.0.0.1") == ["localhost", "127.0.0.1"]
    assert _env().names("HOSTS") == []


def test_choice_refuses_other_words() -> None:
    env = _env(VIDEO_PROVIDER="sora")

    with pytest.raises(
        ImproperlyConfigured, match=r"^VIDEO_PROVIDER is 'sora'\. Expected one of: simulator, runway\.$"
    ):
        env.choice("VIDEO_PROVIDER", "simulator", among=("simulator", "runway"))


def test_choice_falls_back() -> None:
    assert _env().choice("VIDEO_PROVIDER", "simulator", among=("simulator", "runway")) == "simulator"


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "ftp://example.com",
        "http://",
        "https:///path",
        "//example.com",
        "http://[::1",
        "http://host:abc",
        "http://host:99999",
        "javascript:alert(1)",
    ],
)
def test_url_refuses(address: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        _env(RUNWAYML_BASE_URL=address).url("RUNWAYML_BASE_URL")

    assert str(caught.value) == "RUNWAYML_BASE_URL is not an address. Expected http://host or https://host."


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("https://api.example.com/", "https://api.example.com"),
        ("http://127.0.0.1:9100", "http://127.0.0.1:9100"),
        ("http://[::1]:9100/v1/", "http://[::1]:9100/v1"),
        ("", ""),
    ],
)
def test_url_reads(address: str, value: str) -> None:
    assert _env(RUNWAYML_BASE_URL=address).url("RUNWAYML_BASE_URL") == value


def test_url_never_shows_a_password() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        _env(REDIS_URL="http://user:hunter2@host").url("REDIS_URL", schemes=("redis", "rediss"))

    assert str(caught.value) == "REDIS_URL is not an address. Expected redis://host or rediss://host."
