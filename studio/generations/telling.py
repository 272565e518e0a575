"""Tells people that their takes have ended, when they wait for them."""

from collections import Counter
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from accounts.enums import NoticeKind
from accounts.models import Notice, User
from accounts.notices import channels_of, mark_seen, notify, rewrite
from studio.enums import FINAL_STATES, State
from studio.generations.sentences import sentence
from studio.models import Generation, Project
from studio.models.project import seen_by
from studio.providers.catalog import find_model

log = structlog.get_logger()

KINDS = {State.READY: NoticeKind.TAKE_READY, State.FAILED: NoticeKind.TAKE_FAILED}
SEEN_WITHIN = timedelta(seconds=20)
"""A page that is open shows the end sooner than this, and then nothing leaves the house."""


def tell_end(generation: Generation, *, now: datetime) -> None:
    """A notice to who launched the take that is READY or FAILED, one for all takes of a launch.

    Called within the transition, after all that counts: a trouble here is logged and undone alone. A take that was
    ready soon costs no query. The team's ledger account is locked: two takes of a launch are told one after the other.
    """
    try:
        if generation.state == State.READY and not _took_long(generation, now=now):
            return
        with transaction.atomic():
            _tell(generation)
    except Exception:  # what is not essential may not be able to fail what has been paid for
        log.exception("generation.not_told", generation_id=generation.pk)


def see_ends(user: User, project: Project, generations: list[Generation]) -> int:
    """The person is looking at the page on which these are: what tells of their end is read. How many were not."""
    tokens = {one.launch_token for one in generations if one.state in FINAL_STATES and one.created_by_id == user.pk}
    urls = [_place(project, token) for token in sorted(tokens, key=str)]
    return mark_seen(user, KINDS.values(), urls) if urls else 0


def _took_long(generation: Generation, *, now: datetime) -> bool:
    return now - generation.created_at > timedelta(seconds=settings.NOTICE_LONG_TAKE_S)


def _tell(generation: Generation) -> None:
    kind = KINDS[State(generation.state)]
    user = User.objects.filter(pk=generation.created_by_id, is_active=True).first()
    if user is None or not channels_of(user, kind):
        return
    project = (
        Project.objects.filter(seen_by(user, through=""), pk=generation.project_id, team__memberships__user=user)
        .select_related("team")
        .first()
    )
    if project is None:  # no member any more, or not of this project
        return
    url, text = _place(project, generation.launch_token), _text(generation, project)
    told = Notice.objects.filter(user=user, kind=kind, url=url).first()
    if told:
        rewrite(told, text)
    else:
        notify(user, kind, text, url=url, team=project.team, wait=SEEN_WITHIN)


def _place(project: Project, launch_token: object) -> str:
    """The shot on its page. Written out: an engine that reverses addresses loads all views of the site."""
    return f"/{project.team.slug}/{project.slug}/#shot-{launch_token}"


def _text(generation: Generation, project: Project) -> str:
    """In words, without the prompt: mails are read elsewhere too."""
    launched = Generation.objects.filter(team_id=generation.team_id, launch_token=generation.launch_token)
    states = Counter(launched.values_list("state", flat=True))
    all_of_them, alike = sum(states.values()), states[generation.state]
    model = find_model(generation.model)
    name = model.label if model else generation.model
    if all_of_them == 1:
        which = f"Your {name} take"
    else:
        which = f"{'Your' if alike == all_of_them else f'{alike} of your'} {all_of_them} {name} takes"
    if generation.state == State.READY:
        return f"{which} in {project.name} {'is' if alike == 1 else 'are'} ready."
    ended = "has failed" if alike == 1 else "have failed"
    return f"{which} in {project.name} {ended}. {sentence(generation.status_code)}"
