"""Lays the operator's file over the catalog when the settings are read."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from studio.providers.catalog import BadCatalog, use_file


def use_catalog_file(path: str) -> None:
    """Use the records of this file, "" for none. Raises ImproperlyConfigured with the record and the field."""
    try:
        use_file(Path(path) if path else None)
    except BadCatalog as error:
        raise ImproperlyConfigured(f"CATALOG_FILE names {path!r}. {error}") from error
