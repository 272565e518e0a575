"""CometAPI's words for the same remote: three formats before the same tasks, renderer and clock."""
