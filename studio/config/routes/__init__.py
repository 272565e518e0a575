"""Addresses of people and teams, one file an area. They come before the names of teams and projects."""
