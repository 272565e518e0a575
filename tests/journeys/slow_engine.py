"""The engine's command on a storage that takes its time: `python -m tests.journeys.slow_engine SECONDS`."""

import os
import sys
import time
from typing import Any


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    from studio.media.store import put_file
    from studio.sync import outputs

    def slowly(*args: Any, **options: Any) -> Any:
        time.sleep(float(sys.argv[1]))
        return put_file(*args, **options)

    setattr(outputs, "put_file", slowly)  # noqa: B010  # a name that it does not export
    call_command("sync_generations")


if __name__ == "__main__":
    main()
