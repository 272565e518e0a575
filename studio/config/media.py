"""Where media live: files under var/media, or a bucket when S3_BUCKET is set."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from studio.config.environment import Environment

SIGNED_LINK_S = 900


def storage_settings(env: Environment, *, media_root: Path) -> dict[str, Any]:
    """The entry `default` of STORAGES."""
    bucket = env.text("S3_BUCKET")
    if not bucket:
        return {"BACKEND": "studio.media.storage.LocalStorage", "OPTIONS": {"location": media_root}}
    return {"BACKEND": "studio.media.storage.BucketStorage", "OPTIONS": _bucket_options(env, bucket)}


def _bucket_options(env: Environment, bucket: str) -> dict[str, Any]:
    return {
        "bucket_name": bucket,
        "endpoint_url": env.url("S3_ENDPOINT_URL") or None,
        "public_endpoint_url": env.url("S3_PUBLIC_URL") or None,
        "region_name": env.text("S3_REGION") or None,
        "access_key": env.text("AWS_ACCESS_KEY_ID") or None,
        "secret_key": env.text("AWS_SECRET_ACCESS_KEY") or None,
        "signature_version": "s3v4",
        "addressing_style": "path",
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": SIGNED_LINK_S,
        "file_overwrite": True,
    }


def media_sources(env: Environment) -> list[str]:
    """The origins beside our own from which the browser may load clips and posters."""
    if not env.text("S3_BUCKET"):
        return []
    endpoint = env.url("S3_PUBLIC_URL") or env.url("S3_ENDPOINT_URL")
    if endpoint:
        parts = urlsplit(endpoint)
        return [f"{parts.scheme}://{parts.netloc}"]
    region = env.text("S3_REGION")
    return [f"https://s3.{region}.amazonaws.com" if region else "https://s3.amazonaws.com"]
