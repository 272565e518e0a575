"""A manager decides about takes whose outcome is unknown."""

from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import keep_picture, sign_in
from tests.journeys.house import House

READY_MS = 120_000
CHECKING = ("submitting", "outcome_unknown")


def lost(house: House, prompt: str) -> str:
    """The id of a take that was bought and whose answer was lost."""
    take = house.launch(f"[[create_lost]] {prompt}")
    house.wait_for(lambda: house.row(take) == CHECKING, what="checking")
    return take


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {[node['target'] for node in item['nodes']][:4]}" for item in found]


def test_from_the_card_to_a_decision_and_its_clip(signed_in: Page, house: House) -> None:
    page, before = signed_in, set(house.remote.tasks)
    take = lost(house, "A lighthouse that nobody answered for")
    task_id = next(iter(set(house.remote.tasks) - before))
    creates = len(house.remote.creates)
    page.goto(f"{house.address}/demo/first-film/")

    page.locator(f"#take-{take}").get_by_role("link", name="Decide").click()
    card = page.locator(f"#checking-{take}")
    expect(card).to_contain_text("24 credits held")
    card.get_by_label("Task id").fill("not a task")
    card.get_by_role("button", name="Follow it").click()
    expect(card.locator(".error").first).to_contain_text("That is not a task id.")
    expect(card.get_by_label("Task id")).to_have_value("not a task")

    card.get_by_label("Task id").fill(task_id)
    card.get_by_role("button", name="Follow it").click()
    expect(card).to_contain_text("The engine follows its task now.")
    house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")

    assert len(house.remote.creates) == creates
    assert house.query("select count(*) from studio_clip c join studio_generation g on g.id = c.generation_id "
                       "where g.public_id = ?", UUID(take).hex) == [(1,)]  # fmt: skip


def test_give_back_and_send_again_without_javascript(browser: Browser, house: House) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, house)
    take = lost(house, "A harbour without an answer")
    page.goto(f"{house.address}/demo/checking/")

    page.locator(f"#checking-{take}").get_by_role("button", name="Give back and send again").click()

    expect(page.locator(".banner.ok")).to_contain_text(
        "24 credits were given back, and it is sent again as a new take."
    )
    expect(page.locator(f"#checking-{take}")).to_have_count(0)
    assert house.row(take) == ("failed", "not_sent")
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_has_no_violation_and_fits(
    browser: Browser, house: House, width: int, height: int, theme: str
) -> None:
    open_ones = "select id from studio_generation where (state, status_code) = ('submitting', 'outcome_unknown')"
    while len(house.query(open_ones)) < 2:
        lost(house, "A fishing boat leaves a quiet harbour at first light, gulls wheel overhead")
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]  # dark or light
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, house)
    page.goto(f"{house.address}/demo/checking/")

    assert violations(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    keep_picture(page, f"checking-{width}-{theme}")
    context.close()
