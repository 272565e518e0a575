"""What `doctor` looks at, one file a thing. A check yields findings and changes nothing that stays."""

from studio.management.checkup.cache import check_cache
from studio.management.checkup.changes import check_changes
from studio.management.checkup.clips import check_clips
from studio.management.checkup.clocks import check_clocks
from studio.management.checkup.database import check_database
from studio.management.checkup.disk import check_disk, check_media
from studio.management.checkup.engine import check_engine, check_engine_here, check_lines, check_takes
from studio.management.checkup.factors import check_second_factors
from studio.management.checkup.findings import Finding, Level, findings_of
from studio.management.checkup.house import check_debug, check_https, check_secret_key, check_static
from studio.management.checkup.keys import check_keys
from studio.management.checkup.mail import check_mail
from studio.management.checkup.provider import check_provider
from studio.management.checkup.push import check_push
from studio.management.checkup.rows import check_rows, check_waiting
from studio.management.checkup.video import check_images, check_video

ALL_CHECKS = {
    "secret key": check_secret_key,
    "debug": check_debug,
    "https": check_https,
    "static files": check_static,
    "database": check_database,
    "cache": check_cache,
    "disk": check_disk,
    "media": check_media,
    "video": check_video,
    "images": check_images,
    "provider": check_provider,
    "keys": check_keys,
    "clocks": check_clocks,
    "engine": check_engine,
    "takes": check_takes,
    "waiting": check_waiting,
    "rows": check_rows,
    "lines": check_lines,
    "clips": check_clips,
    "mail": check_mail,
    "factors": check_second_factors,
    "notices": check_push,
    "changes": check_changes,
}
ENGINE_CHECKS = {"engine": check_engine_here}

__all__ = ["ALL_CHECKS", "ENGINE_CHECKS", "Finding", "Level", "findings_of"]
