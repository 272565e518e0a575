"""A person signs up, makes a team and invites another, who joins in a browser of their own and sees each change of role
at the next step."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import keep_picture, sign_in
from tests.journeys.house import House

PHRASE = "gulls over the harbour wall"
INVITATION, CONFIRMATION = r"/invitations/[\w-]{43}/", r"/accounts/confirm-email/[^/\s]+/"


@pytest.fixture
def second(browser: Browser, browser_context_args: dict[str, object]) -> Iterator[Page]:
    """Another person's browser."""
    yield from opened_in(browser.new_context(**browser_context_args))  # type: ignore[arg-type]  # as pytest-playwright


def opened_in(context: BrowserContext) -> Iterator[Page]:
    yield context.new_page()
    context.close()


def is_clean(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


def sign_up(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PHRASE)
    page.get_by_role("button", name="Sign up").click()


def test_a_team_moves_in(page: Page, second: Page, house: House) -> None:
    carol_founds_a_team(page, house)
    invite(page, house, "vera@example.com, foo", team="moving-in", role="Viewer")
    expect(page.locator("#emails-error")).to_contain_text("“foo” is not an e-mail address.")
    is_clean(page)
    page.get_by_role("button", name="Send to the good one").click()
    expect(page.locator("#invitations")).to_contain_text("vera@example.com")
    is_clean(page)
    keep_picture(page, "members")

    vera_joins(second, house)
    studio = f"{house.address}/moving-in/pilot/"
    second.goto(studio)
    expect(second.get_by_role("heading", name="Pilot")).to_be_visible()
    expect(generate(second)).to_have_count(0)

    change_role(page, house, to="Creator")
    second.reload()
    expect(generate(second)).to_be_visible()

    change_role(page, house, to="Viewer")
    second.reload()
    expect(generate(second)).to_have_count(0)


def mailed(house: House, to: str, pattern: str) -> str:
    """The address, of this kind, in the newest mail to this person. Waits for one."""
    found: list[str] = []

    def look() -> bool:
        bodies = [letter.get_body(("plain",)) for letter in house.letters() if letter["To"] == to]
        found[:] = re.findall(pattern, bodies[-1].get_content()) if bodies and bodies[-1] else []
        return bool(found)

    house.wait_for(look, what=f"a mail to {to}")
    return found[0]


def carol_founds_a_team(page: Page, house: House) -> None:
    page.goto(f"{house.address}/accounts/signup/")
    page.get_by_label("E-mail").fill("carol@example.com")
    sign_up(page, "Carol")
    page.goto(f"{house.address}{mailed(house, 'carol@example.com', CONFIRMATION)}")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(lambda address: "/confirm-email/" not in address)
    page.goto(f"{house.address}/teams/new/")  # whoever confirms where they have signed up is in
    page.get_by_label("Name").fill("Moving in")
    expect(page.locator("#address")).to_contain_text("/moving-in/")
    page.get_by_role("button", name=re.compile("Create the team|Go on")).click()
    page.wait_for_url("**/moving-in/")
    page.get_by_label("Name of a new project").fill("Pilot")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/moving-in/pilot/")
    expect(generate(page)).to_be_visible()


def invite(page: Page, house: House, emails: str, *, team: str, role: str) -> None:
    page.goto(f"{house.address}/{team}/members/")
    page.get_by_role("link", name="Invite people").click()
    page.get_by_label("E-mail addresses").fill(emails)
    page.get_by_role("radio", name=re.compile(f"^{role}")).check()
    page.get_by_role("button", name="Send invitations").click()


def vera_joins(page: Page, house: House) -> None:
    page.goto(f"{house.address}{mailed(house, 'vera@example.com', INVITATION)}")
    expect(page.get_by_role("heading", name="Join Moving in")).to_be_visible()
    is_clean(page)
    keep_picture(page, "invitation")
    page.get_by_role("button", name="Make an account").click()
    expect(page.get_by_label("E-mail")).to_have_value("vera@example.com")
    sign_up(page, "Vera")
    page.wait_for_url("**/invitations/waiting/")
    page.get_by_role("button", name="Join as viewer").click()
    page.wait_for_url("**/moving-in/")
    expect(page.get_by_text("Welcome to Moving in: you are viewer here.")).to_be_visible()


def generate(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Generate"))


def change_role(page: Page, house: House, *, to: str) -> None:
    page.goto(f"{house.address}/moving-in/members/")
    row = page.get_by_role("row", name=re.compile("Vera"))
    row.get_by_label("Role of Vera").select_option(to)
    row.get_by_role("button", name="Change").click()
    expect(page.locator("#toasts")).to_contain_text(f"Vera is {to.lower()} now.")
    expect(row.get_by_label("Role of Vera")).to_have_value({"Viewer": "10", "Creator": "20"}[to])


def test_a_revoked_link_opens_nothing(page: Page, second: Page, house: House) -> None:
    sign_in(page, house)
    invite(page, house, "Bob <bob@example.com>", team="demo", role="Creator")
    link = mailed(house, "bob@example.com", INVITATION)
    second.goto(f"{house.address}{link}")
    expect(second.get_by_role("button", name="Make an account")).to_be_visible()

    page.get_by_role("row", name=re.compile("bob@example.com")).get_by_role("button", name="Revoke").click()
    expect(page.locator("#invitations")).not_to_contain_text("bob@example.com")

    second.get_by_role("button", name="Make an account").click()
    expect(second.get_by_role("heading", name="This invitation was taken back")).to_be_visible()
    second.goto(f"{house.address}{link}")
    expect(second.get_by_role("heading", name="This invitation was taken back")).to_be_visible()
    is_clean(second)
