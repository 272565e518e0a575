"""Rules for every page of the entrance: ours and not allauth's, nothing inline, ids once, links alive."""

from pathlib import Path

import allauth
import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from tests.factories import UserFactory
from tests.views.entrance import app_of, browser_of, letters, link_in, prove, sign_in, sign_up
from tests.views.html import Element, parse
from tests.views.test_clean_pages import INLINE

pytestmark = pytest.mark.django_db
FOR_NOBODY = [
    "/sign-in/",
    "/sign-in/?next=/northlight/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/abc/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-abc/",
    "/accounts/password/reset/key/done/",
    "/accounts/login/code/",
    "/accounts/inactive/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
]
FOR_A_PERSON = [
    "/sign-out/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/reauthenticate/code/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/sessions/",
    "/accounts/3rdparty/",
]
WITH_FACTORS = [
    "/accounts/2fa/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/reauthenticate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
]
ON_THE_WAY = ["confirm", "set-password", "second factor", "code", "code again", "new address", "no password"]
NOT_REACHED = {  # by the settings, or rendered through pages of ours alone
    "account/base_manage_phone.html",
    "account/base_manage_email.html",
    "account/base_manage_password.html",
    "account/base_manage.html",
    "account/base_entrance.html",
    "account/phone_change.html",
    "account/confirm_phone_verification_code.html",
    "account/confirm_email_verification_code.html",
    "account/confirm_password_reset_code.html",
    "account/email.html",
    "account/signup_by_passkey.html",
    "account/snippets/already_logged_in.html",
    "account/snippets/warn_no_email.html",
    "mfa/base_entrance.html",
    "mfa/base_manage.html",
    "mfa/trust.html",
    "mfa/recovery_codes/base.html",
    "mfa/totp/base.html",
    "mfa/webauthn/base.html",
    "mfa/webauthn/signup_form.html",
    "mfa/webauthn/snippets/login_script.html",
    "mfa/webauthn/snippets/scripts.html",
    "socialaccount/base_entrance.html",
    "socialaccount/base_manage.html",
    "socialaccount/login_redirect.html",
    "socialaccount/snippets/login_extra.html",
    "socialaccount/snippets/provider_list.html",
    "usersessions/base_manage.html",
}


def a_person() -> Client:
    user = UserFactory.create(email="noor@example.com", name="Noor")
    client = browser_of(user)
    prove(client)
    return client


def with_factors() -> Client:
    client = a_person()
    user = User.objects.get()
    app_of(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=KEY)
    client.post("/accounts/2fa/recovery-codes/generate/")
    return client


KEY = {"name": "Laptop", "credential": {}}


def on_the_way(step: str) -> Element:
    """A page that is reached by doing something first."""
    client = Client()
    if step == "confirm":
        sign_up(client, "noor@example.com")
        return parse(client.get(link_in(letters()[0])).content)
    user = UserFactory.create(email="noor@example.com", name="Noor")
    if step == "set-password":
        client.post("/accounts/password/reset/", {"email": "noor@example.com"})
        return parse(client.get(link_in(letters()[0]), follow=True).content)
    if step == "second factor":
        app_of(user)
        return parse(sign_in_and_follow(client))
    if step == "code":
        return parse(client.post("/accounts/login/code/", {"email": user.email}, follow=True).content)
    return parse(_as_a_person(user, step))


def _as_a_person(user: User, step: str) -> bytes:
    client = browser_of(user)
    if step == "code again":
        return client.post("/accounts/reauthenticate/code/", {"recipient": user.email}, follow=True).content
    prove(client)
    if step == "new address":
        return client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"}, follow=True).content
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    client.post("/accounts/reauthenticate/code/", {"recipient": user.email})
    answer: bytes = client.get("/accounts/password/set/", follow=True).content
    return answer


def sign_in_and_follow(client: Client) -> bytes:
    content: bytes = client.get(sign_in(client, "noor@example.com").headers["Location"]).content
    return content


def pages() -> list[tuple[str, str]]:
    return [
        *(("nobody", path) for path in FOR_NOBODY),
        *(("person", path) for path in FOR_A_PERSON),
        *(("factors", path) for path in WITH_FACTORS),
        *(("way", step) for step in ON_THE_WAY),
    ]


def page_of(who: str, path: str, monkeypatch: pytest.MonkeyPatch) -> Element:
    if who == "way":
        return on_the_way(path)
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.WebAuthn.authenticator_data", Key())
    client = {"nobody": Client, "person": a_person, "factors": with_factors}[who]()
    answer = client.get(path)
    assert answer.status_code in {200, 401}, answer.headers
    return parse(answer.content)


class Key:
    """Stands for what a real device has said, which only a browser can make."""

    credential_data = None


@pytest.mark.parametrize(("who", "path"), pages())
def test_a_page_keeps_the_rules(who: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(who, path, monkeypatch)

    elements = list(page.walk())
    tags = [element.tag for element in elements]
    assert (tags.count("h1"), tags.count("main")) == (1, 1)
    assert "allauth" not in page.text
    _assert_nothing_inline(elements)
    _assert_ids(page)
    _assert_forms(elements)
    _assert_links(page)


def _assert_nothing_inline(elements: list[Element]) -> None:
    for element in elements:
        assert element.tag != "style"
        assert not [attribute for attribute in element.attributes if INLINE.match(attribute)]
        assert element.tag != "script" or (element.attributes["src"] and not element.children)


def _assert_ids(page: Element) -> None:
    ids = [element.attributes["id"] for element in page.all("id")]
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby"):
        for element in page.all(attribute):
            assert set(element.attributes[attribute].split()) <= set(ids), element.attributes


def _assert_forms(elements: list[Element]) -> None:
    for form in (element for element in elements if element.tag == "form"):
        assert form.attributes["action"]
        assert form.attributes["method"] == "post"
        names = [field.attributes["name"] for field in form.all("name")]
        assert names.count("csrfmiddlewaretoken") == 1
        for field in form.walk():
            is_seen = field.tag == "input" and field.attributes.get("type") not in {"hidden", "checkbox"}
            assert not is_seen or field.attributes.get("autocomplete") or "readonly" in field.attributes


def _assert_links(page: Element) -> None:
    client = a_person() if not User.objects.exists() else browser_of(User.objects.all()[0])
    for element in page.all("href"):
        href = element.attributes["href"]
        if href.startswith("/") and not href.startswith("/static/"):
            assert client.get(href).status_code in {200, 302}, href


def test_every_page_of_allauth_that_can_be_reached_is_ours() -> None:
    theirs = Path(allauth.__file__).parent / "templates"
    ours = Path(__file__).parents[2] / "templates"
    names = {
        str(path.relative_to(theirs))
        for folder in ("account", "mfa", "socialaccount", "usersessions")
        for path in (theirs / folder).rglob("*.html")
    }

    assert {name for name in names if not (ours / name).exists()} == NOT_REACHED


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/accounts/email/", "E-mail"),
        ("/accounts/2fa/webauthn/add/", "Second factor"),
        ("/accounts/sessions/", "Sessions"),
    ],
)
def test_the_navigation_marks_where_one_is(path: str, here: str) -> None:
    page = parse(a_person().get(path).content)

    marked = [element for element in page.all("aria-current") if element.attributes["aria-current"] == "page"]
    assert [element.text for element in marked] == [here]
    assert "Outside logins" not in page.text


def test_places_of_a_login_that_is_not_set_up_are_not_there(client: Client) -> None:
    assert "Continue with" not in client.get("/sign-in/").content.decode()
    assert client.post("/accounts/google/login/").status_code == 404
    assert client.post("/accounts/oidc/oidc/login/").status_code == 404
