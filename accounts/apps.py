"""The app of people, teams and roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and teams"

    def ready(self) -> None:
        """Listen to what allauth and hijack tell."""
        from accounts import signals, viewing  # their models exist only now

        signals.connect()
        viewing.connect()
