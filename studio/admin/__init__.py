"""The Django admin, for staff. `site` is where it lives; each other module registers what it is named for."""

from studio.admin import money, operations, people, teams, work

__all__ = ["money", "operations", "people", "teams", "work"]
