"""What the composer shows when the studio page is opened: something to reuse, an idea, or what was there last."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict

from studio.access import clip_or_404, generation_or_404, reference_or_404
from studio.forms.composer import ComposerForm, Composition, remembered
from studio.forms.ideas import ideas
from studio.forms.inputs import ROLES
from studio.generations.adjusting import adjusted
from studio.generations.outlines import sides_of
from studio.generations.request import Spec, SpecInput, may_be_used
from studio.generations.retry import spec_of
from studio.generations.spec import default_spec, fresh_spec, problems
from studio.generations.ways import fitting_way, roles_of
from studio.generations.works import model_to_extend, work_of
from studio.models import Clip, Project, Prompt, Reference
from studio.providers.base import InputRole
from studio.providers.catalog import Model, active_models, find_model

SEEN_AT_ONCE = ("model", *ROLES)
USES = {
    "extend": InputRole.FIRST,
    "first_frame": InputRole.FIRST,
    "last_frame": InputRole.LAST,
    "reference_image": InputRole.REFERENCE_IMAGE,
}
"""What a reference may be used as, by its name in the address."""


def opening(request: HttpRequest, project: Project, *, today: date) -> Composition:
    """The composition that the address asks for. Raises Http404 for somebody else's generation, clip or prompt."""
    asked = request.GET
    if "reuse" in asked:
        return _reuse(request, project, _uuid(asked["reuse"]), model=asked.get("model", ""))
    if "work" in asked:
        return _work(asked["work"], _clip(request, project, asked.get("clip", "")), today=today)
    if "reference" in asked:
        return _use(request, project, asked["reference"], use=asked.get("use", ""), clip=asked.get("clip", ""))
    if "from" in asked:
        return _from_prompt(request, project, _uuid(asked["from"]))
    if "idea" in asked:
        return _idea(asked["idea"], today=today)
    return arranged(_last(request, project))


def remember(request: HttpRequest, project: Project, spec: Spec, *, prompt: Prompt) -> None:
    """Keep what was launched in the session, so that the page looks the same when it is opened again."""
    request.session[_session_key(project)] = remembered(spec, source_prompt=prompt.public_id)


def arranged(composition: Composition) -> Composition:
    """With the nearest legal settings, and the problems that are worth saying before Generate is pressed."""
    spec, notes = adjusted(composition.spec)
    spec = replace(spec, takes=min(max(spec.takes, 1), 4))
    found = {name: sentence for name, sentence in problems(spec).items() if name in SEEN_AT_ONCE}
    return replace(
        composition,
        spec=spec,
        notes=[*composition.notes, *notes],
        problems={**found, **composition.problems},
    )


def _session_key(project: Project) -> str:
    return f"composer-{project.pk}"


def _last(request: HttpRequest, project: Project) -> Composition:
    fields = request.session.get(_session_key(project))
    if not isinstance(fields, str):
        return Composition(spec=default_spec())
    return ComposerForm(QueryDict(fields), project=project).composition()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _clip(request: HttpRequest, project: Project, text: str) -> Clip:
    """The clip: of the same team, from whichever of its projects; one of a confidential project in that alone."""
    found = clip_or_404(request, _uuid(text))
    if found.team_id != project.team_id or not may_be_used(found, project):
        raise Http404
    return found


def _reuse(request: HttpRequest, project: Project, public_id: UUID, *, model: str) -> Composition:
    generation = generation_or_404(request, public_id)
    if generation.project_id != project.pk:
        raise Http404
    spec = spec_of(generation)
    spec = replace(spec, inputs=tuple(used for used in spec.inputs if may_be_used(used.media, project)))
    if find_model(model):
        spec = replace(spec, model=model)
    return arranged(Composition(spec=spec, source_prompt=generation.prompt, is_filled=True))


def _work(name: str, clip: Clip, *, today: date) -> Composition:
    """The clip in its place, and a model that works on it with nothing but its defaults."""
    work = work_of(clip, name, on=today)
    way = work.model.way(work.way) if work else None
    if work is None or way is None:
        raise Http404
    spec = replace(fresh_spec(work.model, way), inputs=(SpecInput(role=work.role, clip=clip),))
    return arranged(Composition(spec=spec, is_filled=True))


def _use(request: HttpRequest, project: Project, text: str, *, use: str, clip: str) -> Composition:
    """A reference in its place, beside what was there last; `extend` goes on from the clip that it was taken from."""
    reference = reference_or_404(request, _uuid(text))
    is_here = reference.team_id == project.team_id and may_be_used(reference, project)
    if use not in USES or not is_here:
        raise Http404
    if use == "extend":
        return _extend(_clip(request, project, clip), reference)
    last = _last(request, project)
    spec = last.spec.with_input(SpecInput(role=USES[use], reference=reference))
    if use == "reference_image":
        earlier = last.spec.inputs_of(InputRole.REFERENCE_IMAGE)
        spec = replace(spec, inputs=(*spec.without(InputRole.REFERENCE_IMAGE).inputs, *earlier, spec.inputs[-1]))
    return arranged(replace(last, spec=replace(spec, model=_taker(spec)), is_filled=True))


def _extend(clip: Clip, reference: Reference) -> Composition:
    """The clip's own model and prompt where the model begins with a frame; its length and shape in any case."""
    before = spec_of(clip.generation)
    model = model_to_extend(before.model)
    if sides_of(before.ratio) is None and clip.width:  # it had the shape of its own input
        before = replace(before, ratio=f"{clip.width}:{clip.height}")
    spec = replace(before, inputs=(SpecInput(role=InputRole.FIRST, reference=reference),), seed=None)
    spec = replace(spec, model=model.name if model else before.model)
    return arranged(Composition(spec=spec, source_prompt=clip.generation.prompt, is_filled=True))


def _taker(spec: Spec) -> str:
    """The chosen model, if it takes such files; else the first on offer that does."""
    roles = roles_of(spec.inputs)
    chosen = find_model(spec.model)
    offers: tuple[Model, ...] = (*([chosen] if chosen and not chosen.is_retired else []), *active_models())
    return next((model.name for model in offers if fitting_way(model, roles)), spec.model)


def _from_prompt(request: HttpRequest, project: Project, public_id: UUID) -> Composition:
    prompt = Prompt.objects.filter(project=project, public_id=public_id).first()
    if prompt is None:
        raise Http404
    last = _last(request, project)
    return arranged(replace(last, spec=replace(last.spec, prompt=prompt.text), source_prompt=prompt, is_filled=True))


def _idea(number: str, *, today: date) -> Composition:
    offers: Iterator[Spec] = (idea.spec for idea in ideas(default_spec(), today=today) if str(idea.number) == number)
    return Composition(spec=next(offers, default_spec()), is_filled=True)
