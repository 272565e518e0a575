"""Models that the provider has refused to an account: remembered until it accepts one again."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Team
from studio.enums import StatusCode
from studio.models import Generation, RefusedModel

REFUSALS = frozenset({StatusCode.MODEL_RETIRED, StatusCode.MODEL_NOT_ENABLED})
MOST_OFFERED = 100
MOST_REFUSED = 200
LONGEST_NAME = 60


@transaction.atomic
def note_refused_model(
    model: str, *, provider: str, account: str, code: StatusCode, offered: Sequence[str], now: datetime
) -> None:
    """The provider refused the model; `offered` are the names that it would take, () when it named none."""
    names = [name for name in offered if name.isprintable() and len(name) <= LONGEST_NAME][:MOST_OFFERED]
    key = {"provider": provider, "account": account, "model": model}
    if RefusedModel.objects.filter(provider=provider, account=account).exclude(**key).count() >= MOST_REFUSED:
        return
    seen = {"code": code, "offered": names, "last_seen_at": now}
    found, is_new = RefusedModel.objects.get_or_create(**key, defaults={**seen, "first_seen_at": now})
    if not is_new:
        RefusedModel.objects.filter(pk=found.pk).update(count=F("count") + 1, **seen)


def note_accepted_model(model: str, *, provider: str, account: str) -> bool:
    """The provider took it: whether it had been refused before."""
    deleted, _ = RefusedModel.objects.filter(provider=provider, account=account, model=model).delete()
    return bool(deleted)


def refused_since(team: Team) -> dict[str, date]:
    """Model → the day of its first refusal to the account that this team's takes are sent with."""
    return {row.model: row.first_seen_at.date() for row in refused_to(team)}


def refused_to(team: Team) -> QuerySet[RefusedModel]:
    """What was refused to the account with which this team's takes are sent: that of its newest one that was sent, or
    for a new team that of anybody's."""
    sent = Generation.objects.exclude(account="").order_by("-pk")
    own = sent.filter(team=team).values("account")[:1]
    anybodys = RefusedModel.objects.order_by("-last_seen_at").values("account")[:1]
    return RefusedModel.objects.filter(account=Coalesce(Subquery(own), Subquery(anybodys)))
