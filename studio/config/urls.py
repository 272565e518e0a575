"""The site's addresses. Team and project names come last: `accounts.models.RESERVED_SLUGS` keeps them apart."""

from django.contrib.auth import views as auth_views
from django.urls import path

from studio.views import (
    checking,
    clips,
    composer,
    gallery,
    health,
    lines,
    person,
    provider,
    references,
    studio,
    takes,
    teams,
)

urlpatterns = [
    path(
        "sign-in/",
        auth_views.LoginView.as_view(template_name="accounts/sign_in.html", redirect_authenticated_user=True),
        name="sign_in",
    ),
    path("sign-out/", auth_views.LogoutView.as_view(), name="sign_out"),
    path("accounts/theme/", person.theme, name="theme"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", teams.home, name="home"),
    path("generations/<uuid:public_id>/cancel/", takes.cancel, name="cancel"),
    path("generations/<uuid:public_id>/retry/", takes.retry, name="retry"),
    path("generations/<uuid:public_id>/reuse/", takes.reuse, name="reuse"),
    path("generations/<uuid:public_id>/decide/", checking.decide, name="decide"),
    path("clips/<uuid:public_id>/", clips.clip, name="clip"),
    path("clips/<uuid:public_id>/file", clips.clip_file, name="clip_file"),
    path("clips/<uuid:public_id>/poster", clips.clip_poster, name="clip_poster"),
    path("clips/<uuid:public_id>/download", clips.clip_download, name="clip_download"),
    path("references/<uuid:public_id>/image", references.reference_image, name="reference_image"),
    path("references/<uuid:public_id>/thumb", references.reference_thumb, name="reference_thumb"),
    path("<slug:team>/", teams.team_home, name="team_home"),
    path("<slug:team>/lines/<int:breaker>/try/", lines.try_line, name="try_line"),
    path("<slug:team>/projects/new/", teams.create_project, name="create_project"),
    path("<slug:team>/checking/", checking.checking, name="checking"),
    path("<slug:team>/provider/", provider.provider, name="provider"),
    path("<slug:team>/provider/seen/", provider.seen, name="provider_seen"),
    path("<slug:team>/<slug:project>/", studio.studio, name="studio"),
    path("<slug:team>/<slug:project>/takes/", studio.takes, name="takes"),
    path("<slug:team>/<slug:project>/changes/", studio.changes, name="changes"),
    path("<slug:team>/<slug:project>/generate/", composer.generate, name="generate"),
    path("<slug:team>/<slug:project>/composer/", composer.composer, name="composer"),
    path("<slug:team>/<slug:project>/references/", composer.references, name="references"),
    path("<slug:team>/<slug:project>/gallery/", gallery.gallery, name="gallery"),
]
