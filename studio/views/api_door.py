"""The door of the API: a token opens it, and nothing else does; what is refused is told as a problem (RFC 9457)."""

import functools
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from allauth.core.internal.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from accounts.enums import Scope
from accounts.tokens import WAITS, Caller, Fault, Refused, caller_of, note_use, scopes_of

RATES = {"api": "600/m/key", "api_refused": "60/m/ip"}
WINDOW_S = 60
NOT_THERE = "There is nothing at this address, or nothing that this token may see. Addresses end with a slash."
TOO_MANY = "This token has asked 600 times in a minute, which is the most. Wait a minute."
TOO_MANY_WRONG = "Many requests without a good token have come from this address. Wait a minute."

View = Callable[..., HttpResponseBase]


class Problem(Exception):
    """What is wrong with a request, as a sentence that says what to do."""

    def __init__(self, status: HTTPStatus, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


def problem(status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> JsonResponse:
    """The answer to a request that was refused. `more` are further members beside the sentence."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return JsonResponse(
        body,
        status=status.value,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def answers(*methods: str, scope: Scope | None) -> Callable[[View], View]:
    """Make a view that takes `(request, caller, …)` answer these methods, to tokens with the scope; None: to all.

    No session is looked at, so there is nothing that a page of somebody else could make a browser do: no CSRF token is
    asked for. Nothing that is answered is stored on the way.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @functools.wraps(view)
        def door(request: HttpRequest, **names: Any) -> HttpResponseBase:
            response = _answer(request, view, names, methods=methods, scope=scope)
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["Authorization"])
            return response

        return door

    return decorate


def _answer(
    request: HttpRequest, view: View, names: dict[str, Any], *, methods: tuple[str, ...], scope: Scope | None
) -> HttpResponseBase:
    try:
        caller = caller_of(request, now=timezone.now())
    except Refused as refused:
        return _refusal(request, refused.fault)
    note_use(caller.token, request, now=timezone.now())
    if not consume(request, app="dailies", action="api", config=RATES, key=str(caller.token.pk), limit_get=True):
        return problem(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, headers={"Retry-After": str(WINDOW_S)})
    if ("GET" if request.method == "HEAD" else request.method) not in methods:
        said = f"This address takes {' and '.join(methods)} alone."
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, said, headers={"Allow": ", ".join(methods)})
    if scope is not None and not caller.may(scope):
        return _without_scope(caller, scope)
    try:
        return view(request, caller, **names)
    except Http404:
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    except Problem as found:
        return problem(found.status, found.detail, **found.more)


def _refusal(request: HttpRequest, fault: Fault) -> JsonResponse:
    """401 for what is no good token, 403 for a good one whose time has not come. Many wrong ones are 429."""
    if fault in WAITS:
        return problem(HTTPStatus.FORBIDDEN, fault.value)
    if not consume(request, app="dailies", action="api_refused", config=RATES, limit_get=True):
        return problem(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY_WRONG, headers={"Retry-After": str(WINDOW_S)})
    error = "" if fault is Fault.MISSING else ', error="invalid_token"'
    return problem(HTTPStatus.UNAUTHORIZED, fault.value, headers={"WWW-Authenticate": f'Bearer realm="Dailies"{error}'})


def _without_scope(caller: Caller, scope: Scope) -> JsonResponse:
    """403: the token's scopes or the person's role do not suffice."""
    if scope in scopes_of(caller.token):
        role = caller.membership.get_role_display().lower()
        said = f"As a {role} of {caller.team} you cannot do this: {scope.label}. Ask an owner for another role."
    else:
        said = f"This token is not for that: it needs the scope “{scope.value}” ({scope.label}). Make one that has it."
    challenge = f'Bearer realm="Dailies", error="insufficient_scope", scope="{scope.value}"'
    return problem(HTTPStatus.FORBIDDEN, said, headers={"WWW-Authenticate": challenge}, scope=scope.value)
