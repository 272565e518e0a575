"""The environment of the tests, set before Django reads its settings (loaded by `-p tests.environment`)."""

import atexit
import os
import shutil
import tempfile

os.environ.update(
    {
        "SECRET_KEY": "only-for-tests",
        "DEBUG": "false",
        "HTTPS": "false",
        "STATIC_HASHED": "false",
        "LOG_LEVEL": "ERROR",
        "VIDEO_PROVIDER": "simulator",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    }
)
for name in (
    "S3_BUCKET",
    "S3_ENDPOINT_URL",
    "S3_PUBLIC_URL",
    "REDIS_URL",
    "TASKS_BACKEND",
    "RUNWAYML_API_SECRET",
    "RUNWAYML_BASE_URL",
    "RUNWAYML_ON_BEHALF_OF",
    "PROVIDER_KEYS_SECRET",
    "COMETAPI_KEY",
    "COMETAPI_BASE_URL",
    "COMETAPI_FORMAT",
    "COMETAPI_IMAGES",
    "COMETAPI_CALLBACK_URL",
):
    os.environ.pop(name, None)
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="dailies-tests-")
atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{os.environ['VAR_DIR']}/tests.sqlite3")
