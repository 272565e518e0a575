"""What to use instead of a model that the provider refuses: the nearest one, with the settings carried over."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from studio.credits.pricing import NoPrice, quote
from studio.enums import State
from studio.generations.adjusting import adjusted
from studio.generations.refused_models import REFUSALS
from studio.generations.request import Spec
from studio.generations.retry import spec_of
from studio.generations.sentences import known_code
from studio.generations.spec import problems, use_of
from studio.models import Generation, RefusedModel
from studio.providers.base import WayKind
from studio.providers.catalog import Model, composer_models, default_model, find_model, ratio_label

PERSONS = frozenset({"prompt"})
"""What the new model may still mind: a person mends it in the composer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Another model for the same take: the request as it would be, its price in credits, and what had to change."""

    model: Model
    spec: Spec
    credits: int
    notes: tuple[str, ...]

    @property
    def settings(self) -> str:
        """`16:9, 5 s, 60 credits`."""
        words = [ratio_label(self.spec.ratio)] if self.spec.ratio else []
        if self.spec.duration_s:
            words.append(f"{self.spec.duration_s} s")
        if self.spec.sound:
            words.append("with sound")
        return ", ".join([*words, f"{self.credits:,} credits"])


def offers_of(generations: Iterable[Generation], *, now: datetime) -> dict[int, Offer]:
    """Take → what to use instead, for those whose model was refused; they come with their inputs.

    One query, and none without such a take.
    """
    refused = [row for row in generations if row.state == State.FAILED and known_code(row.status_code) in REFUSALS]
    if not refused:
        return {}
    accounts = {(row.provider, row.account) for row in refused}
    known = RefusedModel.objects.filter(
        provider__in={provider for provider, _ in accounts}, account__in={account for _, account in accounts}
    )
    rows = {(row.provider, row.account, row.model): row for row in known}
    offers = ((row.pk, _offer(row, rows, on=now.date())) for row in refused)
    return {pk: offer for pk, offer in offers if offer is not None}


def _offer(generation: Generation, rows: Mapping[tuple[str, str, str], RefusedModel], *, on: date) -> Offer | None:
    mine = {model: row for (provider, account, model), row in rows.items()
            if (provider, account) == (generation.provider, generation.account)}  # fmt: skip
    row = mine.get(generation.model)
    return find_offer(
        spec_of(generation, inputs=generation.inputs.all()),
        offered=row.offered if row else (),
        refused=mine.keys(),
        on=on,
    )


def find_offer(spec: Spec, *, offered: Collection[str], refused: Collection[str], on: date) -> Offer | None:
    """The model to use instead, None if none of the catalog can do it.

    First the one by which the catalog replaces it; then, of those that the provider itself named (`offered`; () when
    it named none), the one with the fewest changes, of the same vendor, with the nearest price. Models that are
    refused themselves are left out.
    """
    old = find_model(spec.model)
    out = {*refused, spec.model}
    alike = [model for model in composer_models() if _makes_stills(model) is _makes_stills(old)]
    left = [model for model in alike if model.name not in out]
    found = [offer for model in left if (offer := _try(spec, model, on=on)) is not None]
    named = [offer for offer in found if offer.model.name in offered]
    before = _price(spec, on=on) if old else None

    def rank(offer: Offer) -> tuple[bool, int, bool, int]:
        is_successor = old is not None and old.replaced_by == offer.model.name
        is_foreign = offer.model is not default_model() if old is None else old.vendor != offer.model.vendor
        return not is_successor, len(offer.notes), is_foreign, abs(offer.credits - (before or 0))

    return min(named or found, key=rank, default=None)


def _makes_stills(model: Model | None) -> bool:
    """Whether it makes images; an unknown one counts as making clips."""
    return model is not None and any(way.kind is WayKind.STILL for way in model.ways)


def _try(spec: Spec, model: Model, *, on: date) -> Offer | None:
    """The request with this model, if it can do it without losing a file."""
    fitted, notes = adjusted(replace(spec, model=model.name))
    if fitted.model != model.name or problems(fitted).keys() - PERSONS:
        return None
    credits = _price(fitted, on=on)
    return None if credits is None else Offer(model, fitted, credits, tuple(notes))


def _price(spec: Spec, *, on: date) -> int | None:
    try:
        return quote(spec.model, use_of(spec), takes=1, on=on).total_credits
    except NoPrice:
        return None
