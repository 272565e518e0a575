"""Letting go, handing over, and what a person takes along."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import data, removal

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/data/", data.personal_data, name="personal_data"),
    path("profile/data/export/", data.export_data, name="export_data"),
    path("profile/data/delete/", data.delete_account, name="delete_account"),
    path("<slug:team>/members/<uuid:user>/remove/", removal.remove_member, name="remove_member"),
    path("<slug:team>/leave/", removal.leave_team, name="leave_team"),
]
