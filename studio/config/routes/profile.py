"""What a person sets for themselves, and what they are told."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import avatars

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/avatar/<uuid:public_id>", avatars.avatar_of, name="avatar_of"),
]
