"""Answers with the headers and the error pages of the real thing: Express behind a gateway."""

import hashlib
import html
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from studio.simulator.answers import Refused

TOO_LARGE = "<html><head><title>413 Request Entity Too Large</title></head></html>"


class ApiResponse(JSONResponse):
    """JSON as the API sends it."""

    media_type = "application/json; charset=utf-8"

    def __init__(self, content: Any, status_code: int = 200) -> None:
        super().__init__(content, status_code)
        self.headers["etag"] = f'W/"{hashlib.sha256(self.body).hexdigest()[:27]}"'
        self.headers["x-powered-by"] = "Express"
        self.headers["apigw-requestid"] = secrets.token_urlsafe(12)


def refused(error: Refused) -> Response:
    """A refusal in its own form: JSON, a gateway's page, or nothing at all."""
    if isinstance(error.body, dict):
        return ApiResponse(error.body, error.status)
    if error.body is None:
        return Response(status_code=error.status)
    return HTMLResponse(error.body, error.status)


async def refusal(request: Request, error: Exception) -> Response:
    """The app's handler of `Refused`."""
    if not isinstance(error, Refused):
        raise error
    return refused(error)


async def no_route(request: Request, error: Exception) -> Response:
    """Express's own page for a path or a method that it does not know."""
    line = html.escape(f"Cannot {request.method} {request.url.path}")
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
        f"<body>\n<pre>{line}</pre>\n</body>\n</html>\n"
    )
    return HTMLResponse(page, 404)
