"""compose.yaml: known settings, health checks, pinned images, nothing published beyond this machine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.packaging.settings_names import known_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
SHELL_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_0-9]+)")
OWN_VARIABLES = frozenset({"PORT"})
# What the image of another project reads.
OTHERS_SETTINGS = {
    "database": {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD_FILE"},
    "store": {"VGW_PORT", "VGW_REGION", "VGW_HEALTH"},
}


def plain(name: str) -> str:
    return name.removesuffix("_FILE")


def test_it_has_all_that_dailies_needs() -> None:
    assert set(SERVICES) == {"web", "engine", "worker", "migrate", "simulator", "database", "cache", "store"}
    assert OURS == ["engine", "migrate", "simulator", "web", "worker"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_use_known_settings_alone(name: str) -> None:
    used = {plain(setting) for setting in SERVICES[name]["environment"]}

    assert used <= set(known_settings())


def test_the_settings_of_others_are_those_that_we_know_of() -> None:
    given = {name: set(SERVICES[name].get("environment", {})) for name in SERVICES if name not in OURS}

    assert given == {"cache": set(), **OTHERS_SETTINGS}


def test_what_may_be_set_from_outside_is_a_setting() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    assert {plain(name) for name in SHELL_VARIABLE.findall(text)} <= set(known_settings()) | OWN_VARIABLES


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_health_check_or_ends_by_itself(name: str) -> None:
    service = SERVICES[name]

    if service["restart"] == "no":
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_images_are_pinned_by_a_tag(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")

    assert re.search(r"\d", tag), SERVICES[name]["image"]
    assert tag != "latest"


def test_ports_are_published_on_loopback_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"], "store": ["127.0.0.1:7070:7070"]}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_comes_from_a_file_is_a_secret_of_that_service(name: str) -> None:
    service = SERVICES[name]
    files = [str(value) for key, value in service.get("environment", {}).items() if key.endswith("_FILE")]
    read = {found for value in files for found in re.findall(r"/run/secrets/(\w+)", value)}

    assert read <= set(service.get("secrets", []))
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_the_providers_key_goes_to_the_engine_and_its_workers_alone() -> None:
    with_key = [name for name, service in SERVICES.items() if "runway_key" in service.get("secrets", [])]

    assert with_key == ["engine", "worker"]


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name in service.get("environment", {}):
            assert not re.search(r"(SECRET|PASSWORD|ACCESS_KEY)(?!.*_FILE$)", name), name


def test_secrets_lie_where_git_does_not_look() -> None:
    assert {Path(secret["file"]).parent.as_posix() for secret in COMPOSE["secrets"].values()} == {"var/secrets"}
    assert "var/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_web_engine_and_workers_wait_for_what_they_need() -> None:
    expected = {
        "migrate": {"condition": "service_completed_successfully"},
        "database": {"condition": "service_healthy"},
        "cache": {"condition": "service_healthy"},
        "store": {"condition": "service_healthy"},
    }

    assert SERVICES["web"]["depends_on"] == expected
    assert SERVICES["engine"]["depends_on"] == expected
    assert SERVICES["worker"]["depends_on"] == expected


def test_workers_are_there_when_they_are_asked_for() -> None:
    assert SERVICES["worker"]["profiles"] == ["fleet"]
    assert SERVICES["worker"]["environment"]["TASKS_BACKEND"] == "${TASKS_BACKEND:-local}"


def test_the_simulator_shares_the_network_of_the_engine() -> None:
    simulator = SERVICES["simulator"]

    assert simulator["network_mode"] == "service:engine"
    assert "networks" not in simulator
    assert simulator["profiles"] == ["demo"]


def test_the_database_and_the_cache_cannot_reach_the_outside() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["database"]["networks"] == SERVICES["cache"]["networks"] == ["inside"]


def test_every_volume_is_named() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}

    assert mounted == set(COMPOSE["volumes"])
