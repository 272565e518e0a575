"""API tokens, and what answers to them."""

from django.urls import URLPattern, URLResolver, path

from studio.views import api
from studio.views.people import tokens

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/tokens/", tokens.tokens, name="tokens"),
    path("profile/tokens/<uuid:public_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("<slug:team>/tokens/", tokens.team_tokens, name="team_tokens"),
    path("<slug:team>/tokens/<uuid:public_id>/revoke/", tokens.revoke_team_token, name="revoke_team_token"),
    path("api/v1/me/", api.me, name="api_me"),
    path("api/v1/projects/", api.projects, name="api_projects"),
    path("api/v1/projects/<slug:project>/clips/", api.clips, name="api_clips"),
    path("api/v1/projects/<slug:project>/generations/", api.generations, name="api_generations"),
    path("api/v1/clips/<uuid:public_id>/", api.clip, name="api_clip"),
    path("api/v1/clips/<uuid:public_id>/download/", api.clip_download, name="api_clip_download"),
    path("api/v1/generations/<uuid:public_id>/", api.generation, name="api_generation"),
    path("api/", api.nothing, name="api_nothing"),
    path("api/<path:rest>", api.nothing),
]
