"""Dailies: a self-hosted prompt-to-video studio for teams."""

__version__ = "0.1.0"
