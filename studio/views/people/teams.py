"""Teams: made, switched between, joined and changed."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.abilities import Ability
from accounts.access import membership_or_404, signed_in
from accounts.domains import allow_domain, domains_of, is_public, join_by_domain, joinable_teams
from accounts.limits import is_within
from accounts.models import Membership, Team, User
from accounts.teams import create_team, free_slug, rename_team, require_second_factor, without_second_factor
from studio import htmx
from studio.forms.team import JoiningForm, SecondFactorForm, TeamNameForm, accepted
from studio.views.frame import frame

TOO_MANY = 429
NEW = "accounts/team_new.html"
SETTINGS = "accounts/team_settings.html"
MANY_TEAMS = "You have made many teams within an hour. Wait a while, then try again."
MANY_JOINS = "You have tried this often within a few minutes. Wait a while, then try again."


def may_create(user: User) -> bool:
    """Whether the person may make teams here."""
    return bool(settings.TEAM_CREATION == "everyone" or user.is_staff)


@require_GET
def my_teams(request: HttpRequest) -> HttpResponse:
    """The person's teams: as a page, and as the top bar's menu, in which `?now=` is marked."""
    user = signed_in(request)
    mine = user.memberships.filter(team__deleted_at=None).select_related("team").order_by("team__name", "pk")
    context = {"memberships": list(mine), "now": request.GET.get("now", ""), "may_create": may_create(user)}
    if htmx.wants_fragment(request):
        return htmx.fragment(request, "accounts/my_teams.html#menu", context)
    return htmx.page(request, "accounts/my_teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new team. Its address is shown before it is made: a POST with another one, or none, shows it first."""
    user = signed_in(request)
    if not may_create(user):
        raise Http404
    if request.method != "POST":
        return _preview(request)
    form = TeamNameForm(request.POST)
    if not form.is_valid():
        return _new(request, form, status=htmx.INVALID)
    name, seen = form.cleaned_data["name"], request.POST.get("slug", "")
    if seen != free_slug(name) or "preview" in request.POST:
        return _new(request, form, slug=free_slug(name))
    if not is_within(request, action="create_team", rate="10/h/user"):
        form.add_error("name", MANY_TEAMS)
        return _new(request, form, status=TOO_MANY)
    if not accepted(form, lambda: create_team(name, slug=seen, by=user), otherwise="name"):
        return _new(request, form, slug=free_slug(name), status=htmx.INVALID)
    return htmx.redirect(request, reverse("team_home", args=[seen]), say="The team is there. You are its owner.")


def _preview(request: HttpRequest) -> HttpResponse:
    """The page, or the address that `?name=` would get."""
    if not htmx.wants_fragment(request):
        return _new(request, TeamNameForm())
    form = TeamNameForm(request.GET)
    context = {"form": form, "slug": free_slug(form.cleaned_data["name"]) if form.is_valid() else ""}
    return htmx.fragment(request, f"{NEW}#address", context)


def _new(request: HttpRequest, form: TeamNameForm, *, slug: str = "", status: int = 200) -> HttpResponse:
    return htmx.page(request, NEW, {"form": form, "slug": slug}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def team_settings(request: HttpRequest, team: str) -> HttpResponse:
    """What an owner sets for the team. The button's `part` says which form a POST is."""
    membership = membership_or_404(request, team, may=Ability.CHANGE_TEAM)
    if request.method != "POST":
        return _settings(request, membership)
    match request.POST.get("part"):
        case "second_factor":
            return _second_factor(request, membership)
        case "joining":
            return _joining(request, membership)
        case _:
            return _rename(request, membership)


def _rename(request: HttpRequest, membership: Membership) -> HttpResponse:
    team, form = membership.team, TeamNameForm(request.POST)
    if form.is_valid() and accepted(
        form, lambda: rename_team(team, name=form.cleaned_data["name"], by=membership.user), otherwise="name"
    ):
        return _saved(request, team, say="The team has its new name. Its address stays the same.")
    return _settings(request, membership, name=form)


def _second_factor(request: HttpRequest, membership: Membership) -> HttpResponse:
    team, form = membership.team, SecondFactorForm(request.POST)
    form.full_clean()
    is_required = form.cleaned_data["is_required"]
    if accepted(
        form,
        lambda: require_second_factor(team, is_required=is_required, by=membership.user),
        otherwise="is_required",
    ):
        said = "Members need a second factor now." if is_required else "Members need no second factor any more."
        return _saved(request, team, say=said)
    return _settings(request, membership, second_factor=form)


def _joining(request: HttpRequest, membership: Membership) -> HttpResponse:
    team, form = membership.team, JoiningForm(request.POST)
    if form.is_valid() and accepted(
        form,
        lambda: allow_domain(
            team, domain=form.cleaned_data["domain"], role=form.cleaned_data["role"], by=membership.user
        ),
        otherwise="domain",
    ):
        said = "People join by their address now." if form.cleaned_data["domain"] else "Nobody joins by themselves now."
        return _saved(request, team, say=said)
    return _settings(request, membership, joining=form)


def _saved(request: HttpRequest, team: Team, *, say: str) -> HttpResponse:
    return htmx.redirect(request, reverse("team_settings", args=[team.slug]), say=say)


def _settings(
    request: HttpRequest,
    membership: Membership,
    *,
    name: TeamNameForm | None = None,
    second_factor: SecondFactorForm | None = None,
    joining: JoiningForm | None = None,
) -> HttpResponse:
    """The page with its forms; one that was refused keeps what was typed, and the answer is 422."""
    team = membership.team
    missing = without_second_factor(team)
    context = {
        "frame": frame(membership, section="team", now=timezone.now()),
        "team": team,
        "name_form": name or TeamNameForm(initial={"name": team.name}),
        "second_factor_form": second_factor
        or SecondFactorForm(initial={"is_required": team.is_second_factor_required}),
        "joining_form": joining or JoiningForm(initial={"domain": team.joining_domain, "role": team.joining_role}),
        "missing": missing,
        "is_missing_mine": membership.user in missing,
        "my_domains": sorted(domain for domain in domains_of(membership.user) if not is_public(domain)),
    }
    status = htmx.INVALID if name or second_factor or joining else 200
    return htmx.page(request, SETTINGS, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The teams that the person's confirmed address may join. A POST joins `team`."""
    user = signed_in(request)
    if request.method != "POST":
        return _join(request, user)
    if not is_within(request, action="join_team", rate="30/5m/user"):
        return _join(request, user, problem=MANY_JOINS, status=TOO_MANY)
    team = _asked_for(request, user)
    try:
        membership = join_by_domain(team, user=user)
    except ValidationError as error:
        return _join(request, user, problem=" ".join(error.messages), status=htmx.INVALID)
    said = f"You are in {membership.team} now, as {membership.get_role_display().lower()}."
    return htmx.redirect(request, reverse("team_home", args=[membership.team.slug]), say=said)


def _asked_for(request: HttpRequest, user: User) -> Team:
    """The team whose address the form names: one that takes the person, or has them already; else 404."""
    asked = request.POST.get("team", "")
    mine = Team.objects.filter(memberships__user=user, deleted_at=None)
    found = next((team for team in [*joinable_teams(user), *mine] if team.slug == asked), None)
    if found is None:
        raise Http404
    return found


def _join(request: HttpRequest, user: User, *, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"teams": joinable_teams(user), "problem": problem, "may_create": may_create(user)}
    return htmx.page(request, "accounts/join.html", context, status=status)
