"""What is heard: a bed of the prompt's own, the sound of the source, of reference sounds, or both together."""

from collections.abc import Iterator

import av

from studio.simulator import sound
from studio.simulator.cards import Role, Way
from studio.simulator.making.spec import ClipSpec

KEEPING = frozenset({Way.EDIT, Way.PERFORM, Way.UPSCALE, Way.FRAME_RATE, Way.HDR})


def track_of(spec: ClipSpec) -> Iterator[av.AudioFrame] | None:
    """The frames of sound of a film, None where it is silent."""
    if not spec.has_sound:
        return None
    if spec.way in KEEPING and spec.source.facts.has_sound:
        return sound.recorded(spec.source.content, duration_s=spec.duration_s)
    if spec.way is Way.EXTEND and spec.source.facts.has_sound:
        own = sound.recorded(spec.source.content, duration_s=spec.source.facts.duration_s)
        return sound.joined(own, _bed(spec, duration_s=spec.duration_s))
    length_s = spec.duration_s + (spec.source.facts.duration_s if spec.way is Way.EXTEND else 0)
    heard = spec.of(Role.REFERENCE_AUDIO)
    if heard:
        return sound.looped(heard[0].content, duration_s=length_s)
    return sound.silence(duration_s=length_s) if spec.is_draft else _bed(spec, duration_s=length_s)


def _bed(spec: ClipSpec, *, duration_s: float) -> Iterator[av.AudioFrame]:
    number = f":{spec.number}" if spec.number else ""
    return sound.bed(f"{spec.seed}:{spec.prompt}{number}", duration_s=duration_s)


def sound_alone(spec: ClipSpec) -> bytes:
    """A file of sound for a film: its own bed, and under it what the film has where speech is to be kept."""
    bed = _bed(spec, duration_s=spec.duration_s)
    if spec.settings.get("preserveSpeech") and spec.source.facts.has_sound:
        own = sound.recorded(spec.source.content, duration_s=spec.duration_s)
        return sound.packed(sound.mixed(bed, own), kind=spec.format)
    return sound.packed(bed, kind=spec.format)
