"""The audit log."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import audit

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/activity/", audit.activity, name="activity"),
    path("<slug:team>/audit/", audit.audit, name="audit"),
    path("<slug:team>/audit/export/", audit.audit_export, name="audit_export"),
]
