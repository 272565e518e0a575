"""Teams: made, joined, changed, deleted; and who sees a confidential project."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import project_members, team_ends, teams

urlpatterns: list[URLPattern | URLResolver] = [
    path("teams/", teams.my_teams, name="my_teams"),
    path("teams/new/", teams.new, name="create_team"),
    path("teams/join/", teams.join, name="join_by_domain"),
    path("<slug:team>/settings/", teams.team_settings, name="team_settings"),
    path("<slug:team>/delete/", team_ends.delete, name="delete_team"),
    path("<slug:team>/closing/", team_ends.closing, name="team_closing"),
    path("<slug:team>/closing/take-back/", team_ends.take_back, name="take_back_deletion"),
    path("<slug:team>/export/", team_ends.export, name="export_team"),
    path("<slug:team>/<slug:project>/members/", project_members.project_members, name="project_members"),
]
