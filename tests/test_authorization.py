"""Every address of the URL conf × every kind of person × GET and POST, against `authorization/table.py`."""

import pytest
from django.test import Client

from tests.authorization.addresses import Address, every_address
from tests.authorization.asking import HX, REFUSED, answer_of, answers, asked, consume, fingerprint
from tests.authorization.paths import filled, path_of
from tests.authorization.scenery import PEOPLE, Scenery
from tests.authorization.staging import house, scenery
from tests.authorization.table import TABLE, Row, row_of

__all__ = ["house", "scenery"]
ADDRESSES = {f"{address.name} {address.route}": address for address in every_address()}
each_address = pytest.mark.parametrize("address", ADDRESSES.values(), ids=[key.split(" ")[0] for key in ADDRESSES])


def _row(address: Address) -> Row:
    row = row_of(address.name)
    return row or Row(GET="", POST="")


def line(address: Address, row: Row, scenery: Scenery) -> str:
    """What the table would have to say for what is answered now."""
    path = path_of(address, row, scenery)
    said = {method: answers(scenery, method, path, data=filled(row.data, scenery)) for method in ("GET", "POST")}
    return f'"{address.name}": Row(GET="{said["GET"]}", POST="{said["POST"]}"),'


@each_address
def test_everybody_gets_what_the_table_says(scenery: Scenery, address: Address) -> None:
    row = _row(address)
    expected = f'"{address.name}": Row(GET="{row.GET}", POST="{row.POST}"),'

    found = line(address, row, scenery)

    assert found == expected, (
        f"/{address.route} is not as tests/authorization/table.py says. If it is right, that line is to be (with its "
        f"`of`, `query` and `data`):\n    {found}"
    )


def test_every_row_has_an_address() -> None:
    known = {address.name for address in ADDRESSES.values()}

    assert [name for name in TABLE if name not in known] == []


@each_address
def test_htmx_is_refused_what_a_page_is_refused(scenery: Scenery, address: Address) -> None:
    row = _row(address)
    path, before = path_of(address, row, scenery), fingerprint()
    for method, expected in (("GET", row.GET), ("POST", row.POST)):
        for who, wanted in zip(PEOPLE, expected.split(), strict=True):
            if wanted in REFUSED:
                response = asked(scenery.client(who), method, path, headers=HX)
                assert (who, method, answer_of(response)) == (who, method, wanted)
                assert response.status_code == 200 or "HX-Redirect" not in response.headers

    assert fingerprint() == before


@each_address
def test_other_methods_give_no_more_than_get(scenery: Scenery, address: Address) -> None:
    row = _row(address)
    path, before = path_of(address, row, scenery), fingerprint()
    for who, wanted in zip(PEOPLE, row.GET.split(), strict=True):
        client = scenery.client(who)
        head, options = asked(client, "HEAD", path), asked(client, "OPTIONS", path)
        assert answer_of(head) in {wanted, "405"}, (who, "HEAD", answer_of(head))
        assert not consume(options) or answer_of(options) in {wanted, "405"}, (who, "OPTIONS", answer_of(options))
        assert consume(head) == b""

    assert fingerprint() == before


@each_address
def test_nobody_changes_anything_without_a_token_of_the_form(scenery: Scenery, address: Address) -> None:
    row = _row(address)
    path, before = path_of(address, row, scenery), fingerprint()

    response = asked(Client(enforce_csrf_checks=True), "POST", path, data=filled(row.data, scenery))

    assert answer_of(response) in {"401", "403", "404", "405", "sign_in", "admin:login"}, answer_of(response)
    assert fingerprint() == before


@each_address
def test_a_form_of_another_site_does_nothing_for_an_owner(scenery: Scenery, address: Address) -> None:
    row = _row(address)
    path, before = path_of(address, row, scenery), fingerprint()

    response = asked(scenery.client("owner", enforce_csrf_checks=True), "POST", path, data=filled(row.data, scenery))

    assert answer_of(response) in {"403", *({row.POST.split()[0]} & REFUSED)}, answer_of(response)
    assert fingerprint() == before
