"""Roles, in the order of what they may do."""

from django.db import models


class Role(models.IntegerChoices):
    """What a member may do in a team: each role may do all that the ones below it may."""

    VIEWER = 10, "Viewer"
    CREATOR = 20, "Creator"
    MANAGER = 30, "Manager"
    OWNER = 40, "Owner"
