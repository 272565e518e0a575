"""A frame of a clip becomes a reference, and the composer opens with it."""

from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404
from studio import htmx
from studio.access import clip_or_404
from studio.enums import MediaKind
from studio.errors import StudioError
from studio.generations.frames import End, grab_frame
from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.models import Clip, Reference

SECOND = "second"
KEEP = "keep"
USES = frozenset({"extend", "first_frame", "last_frame", "reference_image", KEEP})
MOST_S = 24 * 3600
PLACES = Decimal("0.001")
KEPT = "The frame is among the team's references."
STILL_KEPT = "The image is among the team's references."
NO_SUCH_TIME = "Say which frame in seconds, such as 3.25. No frame was taken."
IS_FULL = "The storage is full, so the frame was not taken. Ask your admin to make room."
IS_DOWN = "The storage does not answer, so the frame was not taken. The clip is safe: try again in a moment."
IS_NOT_THERE = "The file of this clip is not in the storage, so no frame can be taken from it. Tell your admin."


@require_POST
def clip_frame(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the frame `at` first, last or so many seconds, and open the studio to `use` it there, or keep it.

    `at` may be `second` too: then the seconds are in the field `second`.
    """
    found = clip_or_404(request, public_id, may=Ability.GENERATE)
    membership = membership_or_404(request, found.team.slug)
    use = request.POST.get("use", "")
    if use not in USES:
        raise BadRequest("The form does not say what the frame is for.")
    at = _moment(request)
    if at is None:
        return _viewer(request, found, say=NO_SUCH_TIME, is_bad=True)
    try:
        reference = grab_frame(found, at=at, by=membership.user)
    except StudioError as error:
        return _viewer(request, found, say=str(error), is_bad=True)
    except (StorageFull, StorageDown) as error:
        return _viewer(request, found, say=_sentence(error), is_bad=True)
    if use == KEEP:
        return _viewer(request, found, say=STILL_KEPT if found.kind == MediaKind.IMAGE else KEPT)
    return htmx.redirect(request, _studio(found, reference, use=use))


def _moment(request: HttpRequest) -> End | Decimal | None:
    """Which frame, by its end or in seconds, to the millisecond. None for anything else."""
    said = request.POST.get("at", "")
    text = request.POST.get(SECOND, "") if said == SECOND else said
    if text in set(End):
        return End(text)
    try:
        at_s = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return at_s.quantize(PLACES) if at_s.is_finite() and 0 <= at_s <= MOST_S else None


def _sentence(error: Exception) -> str:
    if isinstance(error, NotStored):
        return IS_NOT_THERE
    return IS_FULL if isinstance(error, StorageFull) else IS_DOWN


def _viewer(request: HttpRequest, clip: Clip, *, say: str, is_bad: bool = False) -> HttpResponse:
    return htmx.redirect(request, reverse("clip", args=[clip.public_id]), say=say, is_bad=is_bad)


def _studio(clip: Clip, reference: Reference, *, use: str) -> str:
    query = urlencode({"reference": reference.public_id, "use": use, "clip": clip.public_id})
    return f"{reverse('studio', args=[clip.team.slug, clip.project.slug])}?{query}"
