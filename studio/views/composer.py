"""The composer's form: prices before a launch, the launch itself, and the files on the way to it."""

from collections.abc import Iterable
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.abilities import Ability
from accounts.models import Membership
from studio import htmx
from studio.access import project_or_404
from studio.credits.queries import balance
from studio.enums import MediaKind
from studio.errors import InvalidSpec, StudioError
from studio.forms.composer import ComposerForm, Composition
from studio.forms.inputs import ROLES, without_file
from studio.forms.panel import shown_model
from studio.generations.references import add_reference
from studio.generations.request import Spec, SpecInput
from studio.generations.submit import submit_generation
from studio.media.errors import BadUpload, StorageDown, StorageFull
from studio.models import Generation, Project
from studio.providers.base import InputRole
from studio.views.openings import arranged, remember
from studio.views.studio import PAGE, launched_context, shown_panel, studio_page

USED_FORM = "This form was not complete. Nothing was started: press Generate again."
STARTED = "Started. You may close this tab: the server carries on and keeps the clip for you."
STORAGE_IS_FULL = "The storage is full, so the file was not added. Ask your admin to make room."
STORAGE_IS_DOWN = "The storage does not answer, so the file was not added. Try again in a moment."


@require_http_methods(["GET", "POST"])
def composer(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The composer for the choices so far, with the nearest legal settings and their price. Launches nothing."""
    found, membership = project_or_404(request, team, project, may=Ability.GENERATE)
    composition = _with_uploads(request, found, membership, _read(request, found))
    return _settings(request, found, membership, arranged(composition))


@require_POST
def prompt_hints(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """What is known to go wrong with the prompt as it is now. Launches nothing."""
    found, membership = project_or_404(request, team, project, may=Ability.GENERATE)
    composition = arranged(_read(request, found))
    if not htmx.wants_fragment(request):
        return studio_page(request, found, membership, composition)
    shown = shown_panel(found, membership, composition, balance=balance(found.team), now=timezone.now())
    return htmx.fragment(request, f"{PAGE}#prompt_hints", {"panel": shown, "project": found})


@require_POST
def references(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Store the file for `?slot=` and show it there. 422 when it cannot be a reference."""
    found, membership = project_or_404(request, team, project, may=Ability.GENERATE)
    slot = request.GET.get("slot", "")
    if slot not in ROLES:
        raise Http404
    composition = _with_uploads(request, found, membership, _read(request, found), slots=[slot])
    status = htmx.INVALID if slot in composition.problems else 200
    return _settings(request, found, membership, arranged(composition), status=status)


@require_POST
def generate(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Launch. The same token again is the same launch; a refusal is 422 with the form and starts nothing."""
    found, membership = project_or_404(request, team, project, may=Ability.GENERATE)
    composition = _with_uploads(request, found, membership, _read(request, found)).checked()
    if composition.token is None:
        composition.problems.setdefault("", USED_FORM)
    if composition.problems:
        return _refused(request, found, membership, composition)
    try:
        takes = _submit(found, membership, composition)
    except InvalidSpec as error:
        return _refused(request, found, membership, replace(composition, problems=error.problems))
    except StudioError as error:
        return _refused(request, found, membership, replace(composition, problems={"": str(error)}))
    return _launched(request, found, membership, composition, takes)


def _submit(project: Project, membership: Membership, composition: Composition) -> list[Generation]:
    assert composition.token is not None  # noqa: S101  # `generate` refuses a form without one
    return submit_generation(
        project,
        spec=composition.spec,
        token=composition.token,
        by=membership.user,
        now=timezone.now(),
        seen_credits=composition.seen_credits,
        source_prompt=composition.source_prompt,
    )


def _read(request: HttpRequest, project: Project) -> Composition:
    """The form as it was sent, without the file that the button `without` names."""
    data = request.POST if request.method == "POST" else request.GET
    composition = replace(ComposerForm(data, project=project).composition(), is_filled=True)
    removed = data.get("without", "")
    if removed.partition(".")[0] not in ROLES:
        return composition
    composition.problems.pop(removed.partition(".")[0], None)
    spec = composition.spec
    return replace(composition, spec=replace(spec, inputs=without_file(spec.inputs, removed)))


def _with_uploads(
    request: HttpRequest,
    project: Project,
    membership: Membership,
    composition: Composition,
    *,
    slots: Iterable[str] = tuple(ROLES),
) -> Composition:
    """With the files that came along in their slots; one that cannot be used leaves a problem there."""
    for slot in slots:
        upload = request.FILES.get(f"{slot}_file")
        if upload is None:
            continue
        role = ROLES[slot]
        try:
            reference = add_reference(
                project.team,
                upload=upload,
                by=membership.user,
                kinds=_kinds(composition.spec, role),
                project=project,
            )
        except (BadUpload, StorageFull, StorageDown) as error:
            composition.problems[slot] = _upload_sentence(error)
        else:
            composition.problems.pop(slot, None)
            composition = _with_file(composition, SpecInput(role=role, reference=reference))
    return composition


def _kinds(spec: Spec, role: InputRole) -> frozenset[MediaKind]:
    """What sorts of files the chosen model takes in this role; images where it takes none."""
    rules = [rule for way in shown_model(spec).ways for rule in way.inputs if rule.role is role]
    found = {MediaKind(kind.value) for rule in rules for kind in rule.kinds}
    return frozenset(found or {MediaKind.IMAGE})


def _with_file(composition: Composition, used: SpecInput) -> Composition:
    """Beside the others where the model takes several in this role, else instead of the one that is there."""
    spec = composition.spec
    rules = [rule for way in shown_model(spec).ways for rule in way.inputs if rule.role is used.role]
    if max((rule.most for rule in rules), default=1) == 1:
        return replace(composition, spec=spec.with_input(used))
    return replace(composition, spec=replace(spec, inputs=(*spec.inputs, used)))


def _upload_sentence(error: Exception) -> str:
    if isinstance(error, BadUpload):
        return error.sentence
    return STORAGE_IS_FULL if isinstance(error, StorageFull) else STORAGE_IS_DOWN


def _settings(
    request: HttpRequest,
    project: Project,
    membership: Membership,
    composition: Composition,
    *,
    status: int = 200,
) -> HttpResponse:
    if not htmx.wants_fragment(request):
        return studio_page(request, project, membership, composition, status=status)
    shown = shown_panel(project, membership, composition, balance=balance(project.team), now=timezone.now())
    context = {"panel": shown, "project": project}
    return htmx.fragment(request, f"{PAGE}#settings", context, status=status)


def _refused(request: HttpRequest, project: Project, membership: Membership, composition: Composition) -> HttpResponse:
    composition = replace(arranged(composition), notes=[], problems=composition.problems)
    if not htmx.wants_fragment(request):
        return studio_page(request, project, membership, composition, status=htmx.INVALID)
    shown = shown_panel(project, membership, composition, balance=balance(project.team), now=timezone.now())
    context = {"panel": shown, "project": project}
    return htmx.fragment(request, f"{PAGE}#refused", context, status=htmx.INVALID)


def _launched(
    request: HttpRequest,
    project: Project,
    membership: Membership,
    composition: Composition,
    takes: list[Generation],
) -> HttpResponse:
    remember(request, project, composition.spec, prompt=takes[0].prompt)
    first_note = "" if request.session.get("has_launched") else STARTED
    request.session["has_launched"] = True
    if not htmx.wants_fragment(request):
        page = reverse("studio", args=[project.team.slug, project.slug])
        return htmx.redirect(request, f"{page}#shot-{takes[0].launch_token}", say=first_note or "Started.")
    now = timezone.now()
    context = launched_context(request, project, membership, takes, now=now)
    after = replace(composition, source_prompt=takes[0].prompt, is_filled=False)
    shown = shown_panel(project, membership, after, balance=context["frame"].balance, now=now)
    return htmx.fragment(
        request, f"{PAGE}#launched", {**context, "panel": shown, "project": project, "note": first_note, "left": None}
    )
