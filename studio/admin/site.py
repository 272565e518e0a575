"""The admin site: nothing is there but what this package registers, and people sign in by the site's own pages."""

from typing import Any

from allauth.account.views import logout as sign_out
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no annotations
    """The classes that libraries register on Django's default site (allauth's show secrets of second factors) are not
    served. `accounts.staff.StaffDoorMiddleware` lets staff in."""

    site_url = reverse_lazy("home")
    enable_nav_sidebar = True

    def __init__(self) -> None:
        super().__init__("admin")
        self.disable_action("delete_selected")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The start page: a form here would know no second factor, no limit and no log."""
        return redirect(f"{self.name}:index")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = sign_out(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own page, which asks for the password once more and tells the log."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect(f"{self.name}:index")


staff_site = StaffSite()
