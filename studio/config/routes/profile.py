"""What a person sets for themselves, and what they are told."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import avatars, profile

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", profile.profile, name="profile"),
    path("profile/avatar/", profile.avatar, name="avatar"),
    path("profile/avatar/<uuid:public_id>", avatars.avatar_of, name="avatar_of"),
]
