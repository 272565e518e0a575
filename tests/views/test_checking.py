"""The page about takes whose outcome is unknown: who may see it, what it says, and what the buttons do."""

import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from studio.enums import State, StatusCode, Verdict
from studio.models import Evidence, Generation
from tests.factories import TeamFactory, UserFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse, swap

PLAIN: dict[str, str] = {}
PAGE_QUERIES = 11
TASK = "17f20503-6c24-4c16-946b-35dbbce2af2f"
BOTH = pytest.mark.parametrize("headers", [PLAIN, HX], ids=["plain", "htmx"])


@pytest.fixture
def manager(cast: Cast) -> Client:
    return signed_in(join(cast.stage.team, Role.MANAGER, email="manager@example.com", name="The manager"))


@pytest.fixture
def take(cast: Cast) -> Generation:
    return checking(cast)


def checking(cast: Cast, prompt: str = "A paper boat") -> Generation:
    """A take that is "Checking", by the way of the engine; it was bought."""
    take = cast.stage.launch(prompt=f"[[create_lost]] {prompt}")
    cast.stage.run_pass()
    take.refresh_from_db()
    assert take.status_code == StatusCode.OUTCOME_UNKNOWN
    return take


def page_of(client: Client) -> Element:
    return parse(client.get("/northlight/checking/").content)


def decide(client: Client, take: Generation, headers: dict[str, str] = PLAIN, **fields: str) -> HttpResponse:
    return client.post(  # type: ignore[return-value]  # the client's own kind of response
        f"/generations/{take.public_id}/decide/", fields, headers=headers
    )


def state_of(take: Generation) -> tuple[str, str]:
    take.refresh_from_db()
    return take.state, take.status_code


@BOTH
def test_owners_and_managers_look_and_others_do_not_learn_that_it_is_there(
    cast: Cast, manager: Client, take: Generation, headers: dict[str, str]
) -> None:
    for client in (cast.owner, manager):
        assert client.get("/northlight/checking/", headers=headers).status_code == 200
    for client in (cast.creator, cast.viewer, cast.stranger):
        assert client.get("/northlight/checking/", headers=headers).status_code == 404
    answer = cast.nobody.get("/northlight/checking/", headers=headers)
    assert answer.headers["HX-Redirect" if headers else "Location"].startswith("/sign-in/")


@BOTH
@pytest.mark.parametrize("decision", ["follow", "charge", "give_back", "send_again"])
def test_only_owners_and_managers_decide(cast: Cast, take: Generation, headers: dict[str, str], decision: str) -> None:
    fields = {"decision": decision, "task_id": TASK, "credits": "24", "token": str(uuid.uuid4())}

    for client in (cast.creator, cast.viewer, cast.stranger):
        assert client.post(f"/generations/{take.public_id}/decide/", fields, headers=headers).status_code == 404
    cast.nobody.post(f"/generations/{take.public_id}/decide/", fields, headers=headers)

    assert state_of(take) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert Generation.objects.count() == 1
    assert cast.stage.amounts(take) == [("hold", -24)]


def test_a_decision_is_never_a_get(cast: Cast, take: Generation) -> None:
    assert cast.owner.get(f"/generations/{take.public_id}/decide/").status_code == 405
    assert cast.owner.post(f"/generations/{uuid.uuid4()}/decide/").status_code == 404


def test_another_team_has_a_page_of_its_own(cast: Cast, take: Generation) -> None:
    page = parse(cast.stranger.get("/elsewhere/checking/").content)

    assert "Nothing is being checked" in page.text
    assert str(take.public_id) not in page.text


def test_the_page_says_what_is_known_and_what_each_decision_costs(cast: Cast, take: Generation) -> None:
    bare = page_of(cast.owner).find(id=f"checking-{take.public_id}")
    Evidence.objects.create(
        generation=take, verdict=Verdict.CHARGED, reason="Look for its task.", found_at=take.created_at,
        read_at=take.created_at, usage_said="On 22 November the provider charged 24 credits for Gen-4.5 more than our "
        "takes explain.", balance_said="The balance says nothing yet.", usage_more=24,
    )  # fmt: skip

    told = page_of(cast.owner).find(id=f"checking-{take.public_id}").text

    assert "Nothing is known yet." in bare.text
    assert "A paper boat Checking 24 credits held" in told
    assert "Gen-4.5 2 s Alice sent 22 November 2026, 12:00 UTC" in told
    assert "It was charged. Look for its task." in told
    assert "On 22 November the provider charged 24 credits for Gen-4.5 more than our takes explain." in told
    assert "Its 24 credits come back. Sending it again makes a new take at today's price." in told
    assert bare.find(name="credits").attributes["value"] == "24"


@pytest.mark.usefixtures("running_engine")
@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_for_any_number_of_takes(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        take = checking(cast, prompt=f"Boat {number}")
        if number % 2:
            Evidence.objects.create(
                generation=take, verdict=Verdict.UNCLEAR, found_at=take.created_at, read_at=take.created_at
            )

    with django_assert_num_queries(PAGE_QUERIES):
        page = page_of(cast.owner)
    assert len(page.all("data-unknown")) == count


@BOTH
def test_its_task_is_followed(cast: Cast, manager: Client, take: Generation, headers: dict[str, str]) -> None:
    task_id = next(iter(cast.stage.remote.tasks))

    answer = decide(manager, take, headers, decision="follow", task_id=f" {task_id} ")

    assert state_of(take) == (State.RUNNING, StatusCode.PROVIDER_PENDING)
    assert take.provider_task_id == task_id
    if headers:
        assert "The engine follows its task now." in parse(answer.content).find(id=f"checking-{take.public_id}").text
    Generation.objects.update(due_at=cast.stage.clock.now())  # the stage has a clock of its own
    cast.stage.run_until_final(take)
    assert (take.state, cast.stage.balance, len(cast.stage.remote.creates)) == (State.READY, 10_000 - 24, 1)


@BOTH
def test_what_cannot_be_found_is_charged(cast: Cast, take: Generation, headers: dict[str, str]) -> None:
    decide(cast.owner, take, headers, decision="charge", credits="20")

    assert state_of(take) == (State.FAILED, StatusCode.CHARGED_UNSEEN)
    assert cast.stage.amounts(take) == [("hold", -24), ("settle", 4)]


@BOTH
def test_what_was_not_bought_is_given_back(cast: Cast, take: Generation, headers: dict[str, str]) -> None:
    page = page_of(cast.owner)

    answer = cast.owner.post(f"/generations/{take.public_id}/decide/", {"decision": "give_back"}, headers=headers)

    assert state_of(take) == (State.FAILED, StatusCode.NOT_SENT)
    assert cast.stage.balance == 10_000
    if headers:
        swap(page, parse(answer.content), target=f"checking-{take.public_id}")
        assert "Its 24 credits were given back." in page.find(id=f"checking-{take.public_id}").text
        assert page.find(id="pills").text == "10,000 credits"
    else:
        assert answer.headers["Location"] == "/northlight/checking/"
        told = cast.owner.get("/northlight/checking/").content.decode()
        assert "Its 24 credits were given back." in told
        assert "Nothing is being checked" in told


@BOTH
def test_sending_again_is_one_new_take_however_often_it_is_pressed(
    cast: Cast, take: Generation, headers: dict[str, str]
) -> None:
    form = page_of(cast.owner).find(id=f"checking-{take.public_id}")
    token = form.find(name="token").attributes["value"]

    for _ in range(2):
        decide(cast.owner, take, headers, decision="send_again", token=token)

    new = Generation.objects.get(retry_of=take)
    assert state_of(take) == (State.FAILED, StatusCode.NOT_SENT)
    assert (new.state, str(new.launch_token), cast.stage.balance) == (State.QUEUED, token, 10_000 - 24)
    assert len(cast.stage.remote.creates) == 1


WRONG = [
    ({"decision": "follow"}, "task_id", "Type the id of its task, as the provider shows it."),
    ({"decision": "follow", "task_id": "a task"}, "task_id", "That is not a task id."),
    ({"decision": "charge"}, "credits", "Type how many credits were charged."),
    ({"decision": "charge", "credits": "25"}, "credits", "Between 1 and 24 credits can be charged for it."),
    ({"decision": "charge", "credits": "0"}, "credits", "Between 1 and 24 credits can be charged for it."),
    ({"decision": "charge", "credits": "many"}, "credits", "Type a whole number of credits."),
]


@BOTH
@pytest.mark.parametrize(("fields", "name", "sentence"), WRONG)
def test_what_will_not_do_comes_back_with_its_sentence(
    cast: Cast, take: Generation, headers: dict[str, str], fields: dict[str, str], name: str, sentence: str
) -> None:
    answer = cast.owner.post(f"/generations/{take.public_id}/decide/", fields, headers=headers)

    card = parse(answer.content).find(id=f"checking-{take.public_id}")
    assert answer.status_code == 422
    assert sentence in card.text
    assert card.find(name=name).attributes["aria-invalid"] == "true"
    assert state_of(take) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)


@BOTH
def test_an_unknown_decision_is_refused(cast: Cast, take: Generation, headers: dict[str, str]) -> None:
    answer = cast.owner.post(f"/generations/{take.public_id}/decide/", {"decision": "burn"}, headers=headers)

    assert answer.status_code == 422
    assert state_of(take) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)


@pytest.mark.parametrize("fields", [{"decision": "give_back"}, {"decision": "follow", "task_id": "x"}])
@BOTH
def test_whoever_is_late_reads_who_was_first(
    cast: Cast, manager: Client, take: Generation, headers: dict[str, str], fields: dict[str, str]
) -> None:
    decide(manager, take, decision="charge", credits="24")

    answer = cast.owner.post(f"/generations/{take.public_id}/decide/", fields, headers=headers, follow=True)

    sentence = "The manager has decided already: it was bought, and 24 credits were charged. Nothing was changed."
    assert sentence in answer.content.decode()
    assert cast.stage.amounts(take) == [("hold", -24), ("settle", 0)]


@BOTH
def test_what_cannot_be_launched_again_stays_and_says_why(
    cast: Cast, take: Generation, headers: dict[str, str]
) -> None:
    Generation.objects.update(model="gen3a_turbo")

    answer = cast.owner.post(
        f"/generations/{take.public_id}/decide/", {"decision": "send_again"}, headers=headers, follow=True
    )

    assert state_of(take) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert parse(answer.content).find(id=f"checking-{take.public_id}").attributes["data-unknown"]
    assert ("toast" in answer.headers.get("HX-Trigger", "")) is bool(headers)


def test_the_card_of_the_studio_page_leads_there_for_those_who_may_decide(
    cast: Cast, manager: Client, take: Generation
) -> None:
    for client in (cast.owner, manager):
        link = parse(client.get(cast.url("studio")).content).find(id=f"decide-{take.public_id}")
        assert link.attributes["href"] == f"/northlight/checking/#checking-{take.public_id}"
    for client in (cast.creator, cast.viewer):
        page = client.get(cast.url("studio")).content.decode()
        assert f"decide-{take.public_id}" not in page
        assert "an admin may decide" in page


def test_no_project_takes_the_address_of_the_page(cast: Cast) -> None:
    answer = cast.owner.post("/northlight/projects/new/", {"name": "Checking"})

    assert answer.headers["Location"] == "/northlight/checking-2/"


def test_a_member_of_two_teams_decides_where_they_manage(cast: Cast, take: Generation) -> None:
    owner_elsewhere = UserFactory.create(email="owner@example.com", name="An owner elsewhere")
    TeamFactory.create(slug="third", owner=owner_elsewhere)
    cast.stage.team.memberships.create(user=owner_elsewhere, role=Role.CREATOR)

    client = signed_in(owner_elsewhere)

    assert client.get("/third/checking/").status_code == 200
    assert client.post(f"/generations/{take.public_id}/decide/", {"decision": "give_back"}).status_code == 404


def test_an_id_that_the_provider_does_not_know_is_named(cast: Cast, take: Generation) -> None:
    before = page_of(cast.owner).text
    decide(cast.owner, take, decision="follow", task_id=TASK)
    Generation.objects.update(due_at=cast.stage.clock.now())  # the stage's clock is not the web's
    for _ in range(3):
        cast.stage.run_pass(after_s=60)

    sentence = f"The provider knows no task {TASK}. Look its id up again."
    assert (sentence in before, sentence in page_of(cast.owner).text) == (False, True)
