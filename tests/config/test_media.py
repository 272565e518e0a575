"""Where media live, and from where a browser may load them."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment
from studio.config.media import SIGNED_LINK_S, media_sources, storage_settings

BUCKET = {
    "S3_BUCKET": "dailies",
    "S3_ENDPOINT_URL": "https://s3.example.com/base/",
    "S3_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


def test_without_a_bucket_files_are_on_disk(tmp_path: Path) -> None:
    env = Environment({"S3_ENDPOINT_URL": "https://s3.example.com"})

    assert storage_settings(env, media_root=tmp_path) == {
        "BACKEND": "studio.media.storage.LocalStorage",
        "OPTIONS": {"location": tmp_path},
    }
    assert media_sources(env) == []


def test_a_bucket_is_private_and_signed(tmp_path: Path) -> None:
    settings = storage_settings(Environment(BUCKET), media_root=tmp_path)

    assert settings == {
        "BACKEND": "studio.media.storage.BucketStorage",
        "OPTIONS": {
            "bucket_name": "dailies",
            "endpoint_url": "https://s3.example.com/base",
            "public_endpoint_url": None,
            "region_name": "eu-west-1",
            "access_key": "key",
            "secret_key": "secret",
            "signature_version": "s3v4",
            "addressing_style": "path",
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": SIGNED_LINK_S,
            "file_overwrite": True,
        },
    }


def test_what_is_left_out_is_left_to_the_library(tmp_path: Path) -> None:
    options = storage_settings(Environment({"S3_BUCKET": "dailies"}), media_root=tmp_path)["OPTIONS"]

    assert [options[name] for name in ("endpoint_url", "region_name", "access_key", "secret_key")] == [None] * 4


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({}, "https://s3.example.com"),
        ({"S3_ENDPOINT_URL": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000"),
        ({"S3_ENDPOINT_URL": ""}, "https://s3.eu-west-1.amazonaws.com"),
        ({"S3_ENDPOINT_URL": "", "S3_REGION": ""}, "https://s3.amazonaws.com"),
    ],
)
def test_browser_may_load_from_the_bucket_alone(changes: dict[str, str], origin: str) -> None:
    assert media_sources(Environment({**BUCKET, **changes})) == [origin]


def test_bad_endpoint_is_refused(tmp_path: Path) -> None:
    env = Environment({**BUCKET, "S3_ENDPOINT_URL": "s3.example.com"})

    with pytest.raises(ImproperlyConfigured, match=r"^S3_ENDPOINT_URL is not an address"):
        storage_settings(env, media_root=tmp_path)
