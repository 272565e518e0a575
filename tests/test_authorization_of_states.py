"""What changes at the addresses of a team when a member has gone, is shut out, or the team is not simply open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Team
from tests.authorization.addresses import Address, every_address
from tests.authorization.asking import answers
from tests.authorization.paths import filled, path_of
from tests.authorization.scenery import PEOPLE, Scenery
from tests.authorization.staging import house, scenery
from tests.authorization.table import Row, row_of

__all__ = ["house", "scenery"]
OF_A_TEAM = frozenset({"queued", "failed", "unknown", "clip", "reference"})
"""What an id in an address may stand for that belongs to the team."""
LEFT_IN_A_CLOSING_TEAM = frozenset({"team_closing", "take_back_deletion", "export_team"})


def _row(address: Address) -> Row:
    row = row_of(address.name)
    assert row is not None
    return row


def _is_of_a_team(address: Address) -> bool:
    if address.name.startswith("api"):
        return False
    return any(name == "team" for name, _ in address.converters) or _row(address).of in OF_A_TEAM


ADDRESSES = [address for address in every_address() if row_of(address.name) and _is_of_a_team(address)]
each_address = pytest.mark.parametrize("address", ADDRESSES, ids=[address.name for address in ADDRESSES])


def _said(scenery: Scenery, address: Address, who: str) -> list[str]:
    """The answers to GET and POST of this person."""
    row = _row(address)
    path = path_of(address, row, scenery)
    data = filled(row.data, scenery)
    return [answers(scenery, method, path, data=data, people=[who]) for method in ("GET", "POST")]


def _told(address: Address, who: str) -> list[str]:
    """What the table says to this person."""
    place = PEOPLE.index(who)
    return [answer.split()[place] for answer in (_row(address).GET, _row(address).POST)]


def test_there_are_addresses_of_teams() -> None:
    assert len(ADDRESSES) > 40


@each_address
def test_who_was_removed_is_a_stranger(scenery: Scenery, address: Address) -> None:
    Membership.objects.filter(team=scenery.house.team, user=scenery.manager).delete()

    assert _said(scenery, address, "manager") == _told(address, "stranger")


@each_address
def test_who_is_not_active_any_more_is_nobody(scenery: Scenery, address: Address) -> None:
    scenery.manager.is_active = False
    scenery.manager.save(update_fields=["is_active"])

    assert _said(scenery, address, "manager") == _told(address, "nobody")


@each_address
def test_a_deleted_team_is_not_there_for_its_owner_either(scenery: Scenery, address: Address) -> None:
    _ask_for_deletion(scenery, deleted=True)

    assert _said(scenery, address, "owner") == _told(address, "stranger")


@each_address
def test_a_team_that_is_being_deleted_leads_to_what_is_left(scenery: Scenery, address: Address) -> None:
    _ask_for_deletion(scenery, deleted=False)
    if address.name in LEFT_IN_A_CLOSING_TEAM:
        return

    for found, open_team in zip(_said(scenery, address, "owner"), _told(address, "owner"), strict=True):
        assert found == (open_team if open_team in {"404", "405"} else "team_closing")


@each_address
def test_a_team_that_asks_for_a_second_factor_leads_there_first(scenery: Scenery, address: Address) -> None:
    Team.objects.filter(pk=scenery.house.team.pk).update(is_second_factor_required=True)

    for found, open_team in zip(_said(scenery, address, "owner"), _told(address, "owner"), strict=True):
        assert found == (open_team if open_team in {"404", "405"} else "mfa_index")


def _ask_for_deletion(scenery: Scenery, *, deleted: bool) -> None:
    now = timezone.now()
    Team.objects.filter(pk=scenery.house.team.pk).update(
        deletion_asked_at=now,
        deletion_asked_by=scenery.owner,
        deletion_due_at=now + timedelta(days=30),
        deleted_at=now if deleted else None,
    )
