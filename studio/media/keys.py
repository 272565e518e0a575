"""Names of stored files. A key never changes its bytes: it holds the checksum of what is stored under it."""

from uuid import UUID

CHECKSUM_CHARS = 16


def clip_key(generation_id: UUID, sha256: str, extension: str = "mp4") -> str:
    """The key of a clip; `sha256` is that of the file itself, as with each key here."""
    return f"clips/{_of_generation(generation_id, sha256)}.{extension}"


def original_key(generation_id: UUID, sha256: str, extension: str) -> str:
    """The key of what a provider delivered beside, or in place of, what a browser plays."""
    return f"originals/{_of_generation(generation_id, sha256)}.{extension}"


def poster_key(generation_id: UUID, sha256: str) -> str:
    """The key of a clip's poster."""
    return f"posters/{_of_generation(generation_id, sha256)}.webp"


def rejected_key(generation_id: UUID, sha256: str) -> str:
    """The key of what a provider sent in place of a video, kept as evidence."""
    return f"rejected/{_of_generation(generation_id, sha256)}.bin"


def reference_key(team_id: UUID, sha256: str, extension: str) -> str:
    """The key of a reference; the same image twice in a team is one object."""
    return f"references/{team_id}/{sha256[:2]}/{sha256}.{extension.lstrip('.')}"


def thumb_key(team_id: UUID, sha256: str) -> str:
    """The key of a reference's thumb."""
    return f"thumbs/{team_id}/{sha256[:2]}/{sha256}.webp"


def avatar_key(user_id: UUID, sha256: str, mark: str) -> str:
    """The key of a person's picture. `mark` is another one for each upload: the old one may be removed at any time."""
    return f"avatars/{user_id}/{sha256[:CHECKSUM_CHARS]}{mark}.webp"


def _of_generation(generation_id: UUID, sha256: str) -> str:
    """Folders by the id's last characters: those are random in every version of UUID."""
    return f"{generation_id.hex[-2:]}/{generation_id}/{sha256[:CHECKSUM_CHARS]}"
