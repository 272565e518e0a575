"""How the Django admin looks (django-unfold), and what its pages may load."""

from functools import partial
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def admin_policy() -> dict[str, list[str]]:
    """What replaces parts of the site's Content-Security-Policy, on the admin's pages alone.

    Alpine builds functions from attributes ('unsafe-eval'), and the theme writes style elements and attributes
    ('unsafe-inline' for styles). No inline script is allowed there either.
    """
    return {
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "media-src": [NONE],
    }


ACCENT = {
    "50": "oklch(98% .02 80)", "100": "oklch(95.5% .045 80)", "200": "oklch(91% .085 78)", "300": "oklch(86% .12 76)",
    "400": "oklch(80% .145 72)", "500": "oklch(68% .15 62)", "600": "oklch(55% .135 55)", "700": "oklch(48% .12 52)",
    "800": "oklch(41% .1 50)", "900": "oklch(35% .08 50)", "950": "oklch(25% .055 50)",
}  # fmt: skip


def unfold_settings() -> dict[str, Any]:
    """django-unfold's UNFOLD."""
    return {
        "SITE_TITLE": "Dailies staff",
        "SITE_HEADER": "Dailies",
        "SITE_SUBHEADER": "Staff",
        "SITE_URL": "/",
        "SITE_SYMBOL": "movie",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")}],
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "BORDER_RADIUS": "8px",
        "COLORS": {"primary": ACCENT},
        "DASHBOARD_CALLBACK": "studio.admin.dashboard.with_numbers",
        "SIDEBAR": {"show_search": True, "navigation": _navigation()},
    }


def _navigation() -> list[dict[str, Any]]:
    groups: list[tuple[str, list[tuple[str, str, str]]]] = [
        ("", [("Today", "home", "index")]),
        (
            "People",
            [
                ("Users", "person", "accounts_user"),
                ("Teams", "groups", "accounts_team"),
                ("Invitations", "mail", "accounts_invitation"),
                ("API tokens", "key", "accounts_apitoken"),
                ("Audit log", "history", "accounts_auditentry"),
            ],
        ),
        (
            "Work",
            [
                ("Projects", "folder", "studio_project"),
                ("Generations", "movie", "studio_generation"),
                ("Clips", "play_circle", "studio_clip"),
            ],
        ),
        (
            "Credits",
            [
                ("Accounts", "account_balance", "studio_creditaccount"),
                ("Ledger", "receipt_long", "studio_ledgerentry"),
            ],
        ),
        (
            "Provider",
            [
                ("Keys of teams", "vpn_key", "studio_providerkey"),
                ("Stopped lines", "block", "studio_breaker"),
                ("Engines", "monitor_heart", "studio_workerheartbeat"),
                ("Price drifts", "trending_up", "studio_pricedrift"),
                ("Surprises", "priority_high", "studio_surprise"),
            ],
        ),
    ]
    return [{"title": title, "items": [_item(*item) for item in items]} for title, items in groups]


def _item(title: str, icon: str, name: str) -> dict[str, Any]:
    page = name if name == "index" else f"{name}_changelist"
    item: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{page}")}
    if name != "index":
        item["permission"] = partial(_may_see, name=name)
    return item


def _may_see(request: HttpRequest, *, name: str) -> bool:
    app, model = name.split("_")
    return any(request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change"))
