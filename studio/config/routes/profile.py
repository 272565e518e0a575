"""What a person sets for themselves, and what they are told."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import avatars, notices, profile, push

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", profile.profile, name="profile"),
    path("profile/avatar/", profile.avatar, name="avatar"),
    path("profile/avatar/<uuid:public_id>", avatars.avatar_of, name="avatar_of"),
    path("notices/", notices.notices, name="notices"),
    path("notices/choices/", notices.notification_choices, name="notification_choices"),
    path("notices/read/", notices.read_notices, name="read_notices"),
    path("notices/<uuid:public_id>/", notices.open_notice, name="open_notice"),
    path("notices/<uuid:public_id>/read/", notices.read_notice, name="read_notice"),
    path("push/worker.js", push.push_worker, name="push_worker"),
    path("push/subscribe/", push.push_subscribe, name="push_subscribe"),
    path("push/unsubscribe/", push.push_unsubscribe, name="push_unsubscribe"),
]
