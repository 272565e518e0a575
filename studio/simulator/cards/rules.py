"""Fields against each other: modes that exclude one another, and what one field asks of the next."""

from typing import Any

from studio.simulator import issues
from studio.simulator.issues import Issue

Body = dict[str, Any]
SHOTS_S = range(3, 16)
PRORES_FORMATS = frozenset({"prores", "hdr_prores"})
HDR_PROFILES = ("422", "4444", "422 HQ")


def _said(words: str, *path: str | int) -> list[Issue]:
    return [issues.custom(words, path=path)]


def prores_profile(body: Body) -> list[Issue]:
    """A profile belongs to a ProRes output, and HDR takes three of them."""
    kind, profile = body.get("outputFormat", "mp4"), body.get("proresProfile")
    if profile is None:
        return []
    if kind not in PRORES_FORMATS:
        return _said("proresProfile is only valid when outputFormat is a ProRes format", "proresProfile")
    if kind == "hdr_prores" and profile not in HDR_PROFILES:
        return [issues.wrong_choice(HDR_PROFILES, path=("proresProfile",))]
    return []


def supported_format(body: Body) -> list[Issue]:
    """ACEScg needs the inverse of an ACES output transform, which this remote does not have."""
    kind = body.get("outputFormat", "")
    if not kind.startswith("hdr_exr_acescg"):
        return []
    return _said(f"The simulator does not render outputFormat {kind}. Use hdr_exr_sequence.", "outputFormat")


def concrete_ratio(body: Body) -> list[Issue]:
    """`adaptive` follows an input, so there must be one."""
    has_input = any(body.get(name) for name in ("references", "referenceVideos", "promptImage", "promptVideo"))
    if body.get("ratio") != "adaptive" or has_input:
        return []
    return _said("ratio `adaptive` requires an image or video reference", "ratio")


def auto_ratio_with_input(body: Body) -> list[Issue]:
    """`auto_…` follows an input too."""
    has_input = any(body.get(name) for name in ("references", "referenceVideos"))
    if not str(body.get("ratio", "")).startswith("auto_") or has_input:
        return []
    return _said(f"ratio `{body['ratio']}` requires an image or video reference", "ratio")


def auto_ratio_with_keyframes(body: Body) -> list[Issue]:
    """Wan follows its keyframes, and takes nothing else then."""
    image = body.get("promptImage")
    is_keyed = isinstance(image, str) or any(entry.get("position") for entry in image or [])
    if not is_keyed or str(body.get("ratio", "auto_")).startswith("auto_"):
        return []
    return _said("Keyframes require one of the auto ratios", "ratio")


def audio_without_frames(body: Body) -> list[Issue]:
    """Reference audio goes with references alone."""
    image = body.get("promptImage")
    is_keyed = isinstance(image, str) or any(entry.get("position") for entry in image or [])
    if not body.get("referenceAudio") or not is_keyed:
        return []
    return _said("referenceAudio requires reference images without a position", "referenceAudio")


def audio_with_images(body: Body) -> list[Issue]:
    """Grok hears only beside what it sees."""
    if not body.get("referenceAudio") or body.get("references"):
        return []
    return _said("referenceAudio requires at least one reference image", "referenceAudio")


def small_with_images(body: Body) -> list[Issue]:
    """Grok's references go up to 720p."""
    if body.get("resolution") != "1080p" or not body.get("references"):
        return []
    return _said("With reference images the resolution may be at most 720p", "resolution")


def shots(body: Body) -> list[Issue]:
    """Several shots take 3 to 15 seconds together, and `intelligence` wants the prompt as well."""
    settings = body.get("providerSettings", {})
    many = settings.get("multiPrompt")
    found: list[Issue] = []
    if many and sum(shot["duration"] for shot in many) not in SHOTS_S:
        words = "The total duration of all segments must be between 3 and 15 seconds"
        found += _said(words, "providerSettings", "multiPrompt")
    if settings.get("shotType") == "intelligence" and not body.get("promptText"):
        found.append(issues.wrong_type("string", got=None, path=("promptText",), missing=True))
    return found


def words_or_shots(body: Body) -> list[Issue]:
    """From text alone there must be a prompt, for the whole or for each shot."""
    settings = body.get("providerSettings", {})
    if body.get("promptText") or settings.get("multiPrompt") or settings.get("shotType") == "intelligence":
        return []
    return [issues.wrong_type("string", got=None, path=("promptText",), missing=True)]


def prompt_for_text(body: Body) -> list[Issue]:
    """With no picture, no film and no draft there must be words."""
    if body.get("promptText") or body.get("draftTaskId") or body.get("references") or body.get("referenceVideos"):
        return []
    return [issues.wrong_type("string", got=None, path=("promptText",), missing=True)]


def draft(body: Body) -> list[Issue]:
    """A draft is an MP4; the clip made from one takes nothing else."""
    found: list[Issue] = []
    if body.get("draft") and body.get("outputFormat") == "mov":
        found += _said("Draft mode only supports mp4", "outputFormat")
    others = [name for name in body if name not in {"model", "draftTaskId"}]
    if body.get("draftTaskId") and others:
        found += _said("draftTaskId cannot be combined with other generation fields", others[0])
    return found


def seedance_mode(body: Body) -> list[Issue]:
    """`extend` and `edit` want words and follow the film; `edit` leaves the length to it as well."""
    mode = body.get("mode", "reference")
    if mode == "reference":
        return []
    found: list[Issue] = []
    if not body.get("promptText"):
        found.append(issues.wrong_type("string", got=None, path=("promptText",), missing=True))
    if "ratio" in body:
        found += _said(f"ratio may not be provided when mode is `{mode}`", "ratio")
    if mode == "edit" and body.get("duration") != "auto":
        found += _said('duration must be "auto" when mode is `edit`', "duration")
    return found


def keyframe_ranges(body: Body) -> list[Issue]:
    """All keyframes have a range or none has, and each lies in its own."""
    frames = body.get("keyframes", [])
    ranged = [frame for frame in frames if "range" in frame]
    if ranged and len(ranged) < len(frames):
        return _said("All keyframes must either set a range or none may.", "keyframes")
    found: list[Issue] = []
    for index, frame in enumerate(ranged):
        start, end = frame["range"]["start_seconds"], frame["range"]["end_seconds"]
        if end <= start:
            found += _said("end_seconds must be greater than start_seconds", "keyframes", index, "range")
        elif "seconds" in frame and not start <= frame["seconds"] < end:
            found += _said("The keyframe timestamp must fall within its range.", "keyframes", index, "seconds")
    return found
