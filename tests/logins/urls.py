"""The site's addresses in a house with an outside login. Imported while that house's settings hold."""

from django.urls import include, path

from studio.config import urls
from studio.config.routes.entrance import outside_logins

urlpatterns = [
    *outside_logins(),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    *urls.urlpatterns,
]
