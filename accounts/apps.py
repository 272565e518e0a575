"""The app of people, teams and roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and teams"

    def ready(self) -> None:
        """Listen to what allauth tells."""
        from accounts.signals import connect  # its models exist only now

        connect()
