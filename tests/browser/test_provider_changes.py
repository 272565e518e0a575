"""A provider that refuses a model and has other prices, as a person meets it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from studio.simulator import prices
from tests.browser.conftest import keep_picture
from tests.browser.test_checking import READY_MS, violations
from tests.journeys.house import House


def test_a_refused_model_leads_to_another_one_and_launches_nothing(signed_in: Page, house: House) -> None:
    page = signed_in
    take = house.launch("[[model_unavailable]] A lighthouse at dusk")
    house.wait_for(lambda: house.row(take) == ("failed", "model_not_enabled"), what="the refusal")
    page.goto(f"{house.address}/demo/first-film/")
    creates = len(house.remote.creates)

    card = page.locator(f"#take-{take}")
    expect(card).to_contain_text("Runway no longer offers Gen-4.5 to this account. Use ")
    keep_picture(page, "refused")
    card.get_by_role("link", name="Use ").click()
    expect(page.locator("#adjusted, #generate").first).to_be_visible()

    expect(page.locator("#prompt")).to_have_value("[[model_unavailable]] A lighthouse at dusk")
    expect(page.locator("#model-gen4\\.5")).not_to_be_checked()
    page.locator("#models summary").click()
    expect(page.locator("#models")).to_contain_text("Refused for this account since")
    keep_picture(page, "refused-composer")
    assert violations(page) == []
    assert len(house.remote.creates) == creates


def test_another_price_alarms_an_owner_until_it_is_noted(
    signed_in: Page, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tariffs: Mapping[str, Any] = {**prices.TARIFFS, "gen4.5": replace(prices.TARIFFS["gen4.5"], per_s={"": 15})}
    monkeypatch.setattr(prices, "TARIFFS", tariffs)
    page = signed_in
    take = house.launch("[[unknown_status]] A pier in the rain")
    house.wait_for(lambda: house.row(take)[0] == "ready", what="the clip")
    page.goto(f"{house.address}/demo/first-film/")

    expect(page.locator("#banners")).to_contain_text("The provider asks 30 credits for Gen-4.5", timeout=READY_MS)
    page.locator("#banners").get_by_role("link", name="Look at it").first.click()
    expect(page.locator("#changed")).to_contain_text("Our price list: 24 credits. The provider: 30 credits.")
    keep_picture(page, "provider")
    assert violations(page) == []

    for button in page.locator("#changed").get_by_role("button").all():
        button.focus()
    while page.locator("#changed").get_by_role("button").count():
        count = page.locator("#changed").get_by_role("button").count()
        page.locator("#changed").get_by_role("button").first.press("Enter")
        expect(page.locator("#changed").get_by_role("button")).to_have_count(count - 1)
    expect(page.locator("#banners")).not_to_contain_text("The provider asks")
    expect(page.locator("#changed")).to_contain_text("Seen by")
    page.reload()
    expect(page.locator("#banners")).not_to_contain_text("The provider asks")
