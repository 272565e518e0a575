"""plain_clip: what it costs to look at a plain clip, now that a take may be anything.

Ours: the look that tells films, frames, images and sounds apart, and the poster. The reference: the probe of a film
and its poster alone, which is all that a plain clip needs.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import django_stubs_ext

from tests.bench.custody.films import padded
from tests.bench.figures import Figure, median_ms

CLIP_BYTES = 5_000_000
TIMES = 200
ROUNDS = 10


def looking(*, times: int = TIMES) -> list[Figure]:
    """Milliseconds a clip."""
    django_stubs_ext.monkeypatch()  # as the settings do it: annotations of Django's files
    from studio.media.looking import look_at, poster_of
    from studio.media.preview import make_poster
    from studio.media.probe import probe_video

    with TemporaryDirectory(prefix="dailies-bench-") as name:
        path = padded(Path(name) / "film.mp4", size_bytes=CLIP_BYTES)
        rounds = [
            (
                median_ms(lambda: (look_at(path), poster_of(path)), times=times // ROUNDS),
                median_ms(lambda: (probe_video(path), make_poster(path)), times=times // ROUNDS),
            )
            for _ in range(ROUNDS)
        ]
    ours, alone = (min(side) for side in zip(*rounds, strict=True))  # in turns: a busy moment would strike one side
    return [Figure("plain_clip looked at against its probe and poster alone", ours, alone, "ms", "lower")]
