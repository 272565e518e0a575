from uuid import UUID

import pytest

from studio.media import keys

GENERATION = UUID("0195b7a0-1111-7222-8333-4444555566ab")
TEAM = UUID("0195b7a0-1111-7222-8333-000000000001")
SHA256 = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (keys.clip_key(GENERATION, SHA256), f"clips/ab/{GENERATION}/0123456789abcdef.mp4"),
        (keys.clip_key(GENERATION, SHA256, "png"), f"clips/ab/{GENERATION}/0123456789abcdef.png"),
        (keys.original_key(GENERATION, SHA256, "mov"), f"originals/ab/{GENERATION}/0123456789abcdef.mov"),
        (keys.poster_key(GENERATION, SHA256), f"posters/ab/{GENERATION}/0123456789abcdef.webp"),
        (keys.rejected_key(GENERATION, SHA256), f"rejected/ab/{GENERATION}/0123456789abcdef.bin"),
        (keys.reference_key(TEAM, SHA256, "jpg"), f"references/{TEAM}/01/{SHA256}.jpg"),
        (keys.reference_key(TEAM, SHA256, ".png"), f"references/{TEAM}/01/{SHA256}.png"),
        (keys.thumb_key(TEAM, SHA256), f"thumbs/{TEAM}/01/{SHA256}.webp"),
    ],
)
def test_keys_hold_owner_and_checksum(key: str, expected: str) -> None:
    assert key == expected
    assert len(key) <= 200
