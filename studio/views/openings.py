"""What the composer shows when the studio page is opened: something to reuse, an idea, or what was there last."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest

from studio.access import generation_or_404
from studio.forms.composer import ComposerForm, Composition, remembered
from studio.forms.ideas import ideas
from studio.generations.request import Spec
from studio.generations.retry import spec_of
from studio.generations.spec import adjusted, default_spec, problems
from studio.models import Project, Prompt
from studio.providers.catalog import find_model

SEEN_AT_ONCE = ("model", "first_frame", "last_frame")


def opening(request: HttpRequest, project: Project, *, today: date) -> Composition:
    """The composition that the address asks for. Raises Http404 for somebody else's generation or prompt."""
    if "reuse" in request.GET:
        return _reuse(request, project, _uuid(request.GET["reuse"]))
    if "from" in request.GET:
        return _from_prompt(request, project, _uuid(request.GET["from"]))
    if "idea" in request.GET:
        return _idea(request.GET["idea"], today=today)
    return arranged(_last(request, project))


def remember(request: HttpRequest, project: Project, spec: Spec, *, prompt: Prompt) -> None:
    """Keep what was launched in the session, so that the page looks the same when it is opened again."""
    kept = {**remembered(spec), "source_prompt": str(prompt.public_id)}
    request.session[_session_key(project)] = kept


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
    if not fields:
        return Composition(spec=default_spec())
    return ComposerForm(fields, project=project).composition()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _reuse(request: HttpRequest, project: Project, public_id: UUID) -> Composition:
    generation = generation_or_404(request, public_id)
    if generation.project_id != project.pk:
        raise Http404
    spec, model = spec_of(generation), find_model(request.GET.get("model", ""))
    if model is not None:
        spec = replace(spec, model=model.name)
    return arranged(Composition(spec=spec, source_prompt=generation.prompt, is_filled=True))


def _from_prompt(request: HttpRequest, project: Project, public_id: UUID) -> Composition:
    prompt = Prompt.objects.filter(project=project, public_id=public_id).first()
    if prompt is None:
        raise Http404
    last = _last(request, project)
    return arranged(replace(last, spec=replace(last.spec, prompt=prompt.text), source_prompt=prompt, is_filled=True))


def _idea(number: str, *, today: date) -> Composition:
    offers: Iterator[Spec] = (idea.spec for idea in ideas(default_spec(), today=today) if str(idea.number) == number)
    return Composition(spec=next(offers, default_spec()), is_filled=True)
