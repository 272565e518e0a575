"""A project's gallery: its clips by day."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studio import htmx
from studio.access import project_or_404
from studio.forms.ideas import ideas
from studio.gallery.queries import clips_page
from studio.generations.spec import default_spec
from studio.views.frame import frame, number

PAGE = "studio/gallery.html"


@require_GET
def gallery(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The clips, newest first; `?before=` gives the older ones, for the end of the page or as a page."""
    found, membership = project_or_404(request, team, project)
    now = timezone.now()
    clips = clips_page(found, now=now, before=number(request.GET.get("before")))
    context = {"clips": clips, "project": found}
    if htmx.wants_fragment(request):
        return htmx.fragment(request, f"{PAGE}#more", context)
    context["frame"] = frame(membership, section="gallery", project=found, now=now)
    context["ideas"] = ideas(default_spec(), today=now.date())
    return htmx.page(request, PAGE, context)
