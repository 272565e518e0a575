"""A person comes in for the first time, guards the account, and gets in again by every way, in a real browser with a
virtual authenticator."""

import re
from email.message import EmailMessage
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import keep_picture
from tests.journeys.house import House
from tests.views.entrance import app_code

EMAIL, PASSWORD, NEW_PASSWORD = "noor@example.com", "the gulls wheel overhead", "the herons stand in the reeds"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def by_name(house: House) -> str:
    """The house's address by a name: passkeys belong to names, never to numbers."""
    return house.address.replace("127.0.0.1", "localhost")


def give_authenticator(page: Page) -> Any:
    """A device that confirms everything at once; its DevTools session."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return tools


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in_mail(house: House, subject: str) -> str:
    """The link in the first mail to Noor with this subject; the house's other tests send mails too."""

    def letters() -> list[EmailMessage]:
        return [one for one in house.letters() if (one["To"], one["Subject"]) == (EMAIL, subject)]

    house.wait_for(lambda: bool(letters()), what=f"the mail “{subject}”")
    found = re.search(r"http://localhost\S+", text_of(letters()[0]))
    assert found is not None
    return found.group()


def enter_password(page: Page, site: str, password: str = PASSWORD) -> None:
    page.goto(f"{site}/sign-in/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-out/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Dailies")).to_be_visible()


def prove(page: Page) -> None:
    """Show once more that it is you, where the page asks."""
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def assert_in(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/email/")
    expect(page.locator("main b").first).to_have_text(EMAIL)


def test_a_person_comes_in_and_guards_the_account(page: Page, browser: Browser, house: House) -> None:
    site = by_name(house)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    give_authenticator(page)

    _sign_up(page, house)
    _add_passkey(page, site)
    _sign_in_by_passkey(page, site)
    secret, codes = _add_app(page, site)
    other = _second_browser(browser, site, secret)
    _sign_out_everywhere(page, other, site)
    _sign_in_by_recovery_code(page, site, codes[0])
    _new_password(page, house)

    assert problems == []


def _sign_up(page: Page, house: House) -> None:
    site = by_name(house)
    page.goto(f"{site}/sign-in/")
    keep_picture(page, "sign-in")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name").fill("Noor")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    keep_picture(page, "sign-up")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(link_in_mail(house, "Confirm your e-mail address"))
    keep_picture(page, "confirm")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Welcome, Noor")).to_be_visible()


def _add_passkey(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/2fa/")
    keep_picture(page, "second-factor-none")
    page.get_by_role("link", name="Add a passkey").click()
    prove(page)
    page.get_by_label("Name, to tell it from others").fill("Laptop")
    keep_picture(page, "passkey-add")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.goto(f"{site}/accounts/2fa/webauthn/")
    expect(page.get_by_role("cell", name="Laptop")).to_be_visible()
    keep_picture(page, "passkeys")


def _sign_in_by_passkey(page: Page, site: str) -> None:
    sign_out(page, site)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Welcome, Noor")).to_be_visible()
    sign_out(page, site)
    enter_password(page, site)
    expect(page.get_by_role("heading", name="And the second factor")).to_be_visible()
    keep_picture(page, "second-factor")
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("heading", name="Welcome, Noor")).to_be_visible()


def _add_app(page: Page, site: str) -> tuple[str, list[str]]:
    page.goto(f"{site}/accounts/2fa/")
    page.get_by_role("link", name="Set up an app").click()
    prove(page)
    secret = page.get_by_label("Or enter this key in the app").input_value()
    picture = page.get_by_alt_text("QR code")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    keep_picture(page, "app")
    page.get_by_label("Code that the app shows").fill(app_code(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_text("Your authenticator app is set up.")).to_be_visible()
    keep_picture(page, "second-factor-all")
    page.get_by_role("link", name="Show them").click()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    keep_picture(page, "codes")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert codes[0] in download.value.path().read_text()
    return secret, codes


def _second_browser(browser: Browser, site: str, secret: str) -> Page:
    other = browser.new_context().new_page()
    enter_password(other, site)
    other.get_by_label("Code").fill(app_code(secret, later=1))
    other.get_by_role("button", name="Go on").click()
    expect(other.get_by_role("heading", name="Welcome, Noor")).to_be_visible()
    return other


def _sign_out_everywhere(page: Page, other: Page, site: str) -> None:
    other.goto(f"{site}/accounts/sessions/")
    expect(other.get_by_role("row")).to_have_count(3)
    keep_picture(other, "sessions")
    other.get_by_role("button", name="Sign out everywhere, here too").click()
    expect(other.get_by_text("You are signed out everywhere.")).to_be_visible()
    page.goto(f"{site}/accounts/email/")
    expect(page.get_by_role("heading", name="Sign in to Dailies")).to_be_visible()


def _sign_in_by_recovery_code(page: Page, site: str, code: str) -> None:
    enter_password(page, site)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Welcome, Noor")).to_be_visible()
    assert_in(page, site)


def _new_password(page: Page, house: House) -> None:
    site = by_name(house)
    sign_out(page, site)
    page.get_by_role("link", name="Forgotten?").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(link_in_mail(house, "Set a new password"))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("Once more").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", name="Your new password is set")).to_be_visible()
    enter_password(page, site, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="And the second factor")).to_be_visible()


def test_a_passkey_that_is_called_off_says_so(page: Page, house: House) -> None:
    tools = give_authenticator(page)
    page.goto(f"{by_name(house)}/sign-in/")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_text("The browser did not confirm it")).to_be_visible(timeout=70_000)
    tools.detach()


def test_without_scripts_there_is_no_button_that_does_nothing(browser: Browser, house: House) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()

    page.goto(f"{by_name(house)}/sign-in/")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
