"""Somebody with a browser, who presses "Continue with Harbour" and is led there and back."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from django.test import Client

from tests.logins.provider import Provider
from tests.views.entrance import SITE
from tests.views.html import parse

CALLBACK = f"{SITE}/accounts/oidc/oidc/login/callback/"
WAY = "/accounts/oidc/oidc/login/"


@dataclass
class Visitor:
    """A browser, and the provider."""

    provider: Provider
    client: Client = field(default_factory=Client)

    def press(self, page: str = "/sign-in/") -> Any:
        """The answer to the button on the page."""
        forms = [one.attributes.get("action", "") for one in parse(self.client.get(page).content).all("action")]
        (action,) = [one for one in forms if one.startswith(WAY)]
        return self.client.post(action)

    def leave(self, page: str = "/sign-in/") -> str:
        """Where the page that follows the button leads."""
        left = self.press(page)
        assert left.status_code == 200
        return parse(left.content).find(class_="btn").attributes["href"]

    def sent_back(self, page: str = "/sign-in/") -> str:
        """The address in this house to which the provider sends the browser."""
        sent = httpx.get(self.leave(page), follow_redirects=False)
        assert sent.status_code == 302
        return sent.headers["Location"].removeprefix(SITE)

    def come_in(self, page: str = "/sign-in/") -> Any:
        """The whole way there and back: the answer of this house."""
        return self.client.get(self.sent_back(page))
