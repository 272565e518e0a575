"""Frame: what every page of a team shows around its content."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.abilities import Ability
from accounts.models import Membership, Team, User
from studio.credits.queries import Balance, balance
from studio.generations.banners import Banner, banners
from studio.generations.queries import open_count
from studio.models import Project


@dataclass(frozen=True, slots=True)
class Frame:
    """Rail, top bar and banners. `section` is the page's place in the rail: studio, gallery or team."""

    team: Team
    project: Project | None
    section: str
    user: User
    role: str
    can_create: bool
    can_cancel_others: bool
    can_decide: bool
    can_own: bool
    can_choose_members: bool
    balance: Balance
    open_count: int
    banners: list[Banner]


def frame(membership: Membership, *, section: str, now: datetime, project: Project | None = None) -> Frame:
    """The frame of a page for this member."""
    return Frame(
        team=membership.team,
        project=project,
        section=section,
        user=membership.user,
        role=membership.get_role_display(),
        can_create=membership.may(Ability.GENERATE),
        can_cancel_others=membership.may(Ability.CANCEL_OTHERS),
        can_decide=membership.may(Ability.DECIDE),
        can_own=membership.may(Ability.CHANGE_KEYS),
        can_choose_members=membership.may(Ability.CHOOSE_PROJECT_MEMBERS),
        balance=balance(membership.team),
        open_count=open_count(membership.team, user=membership.user),
        banners=banners(membership.team, membership, now=now),
    )


@dataclass(frozen=True, slots=True)
class Left:
    """What the launch on the page would leave of the balance; below 0 `missing` are short."""

    credits: int

    @property
    def missing(self) -> int:
        return max(-self.credits, 0)


def left_of(balance: Balance, *, price: Any) -> Left | None:
    """What a launch at `price`, as the page sends it along, would leave; None for a page without a composer."""
    price_credits = number(price)
    return None if price_credits is None else Left(balance.balance_credits - price_credits)


def number(text: Any) -> int | None:
    """The whole number that an address carries, None for anything that a database does not count to."""
    digits = str(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
