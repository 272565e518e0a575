"""Letting go, handing over, and what a person takes along."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import removal

urlpatterns: list[URLPattern | URLResolver] = [
    path("<slug:team>/members/<uuid:user>/remove/", removal.remove_member, name="remove_member"),
    path("<slug:team>/leave/", removal.leave_team, name="leave_team"),
]
