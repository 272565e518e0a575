"""The gateway beside the remote: an app of its own for its paths, in front of the remote's gate."""

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.simulator.answers import Refused
from studio.simulator.comet import routes
from studio.simulator.remote import Remote

PATHS = ("/runwayml/", "/runway/", "/v1/responses")


class Comet:
    """ASGI middleware: what is CometAPI's is answered as CometAPI does, the rest is passed on."""

    def __init__(self, app: ASGIApp, remote: Remote) -> None:
        self._app = app
        self._remote = remote
        self._gateway = _gateway(remote)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATHS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["record"] = self._remote.record(scope["method"], scope["path"], headers=headers)
        try:
            state["key"] = routes.check_key(self._remote, headers.get("authorization", ""))
        except Refused as error:
            answer = await routes.refusal(None, error)
            await answer(scope, receive, send)
            return
        await self._gateway(scope, receive, send)


def _gateway(remote: Remote) -> Starlette:
    app = Starlette(
        routes=[
            Route("/runwayml/v1/image_to_video", routes.create_from_image, methods=["POST"]),
            Route("/runwayml/v1/text_to_video", routes.create_from_text, methods=["POST"]),
            Route("/runwayml/v1/tasks/{task_id}", routes.read_task, methods=["GET"]),
            Route("/runway/pro/generate", routes.generate, methods=["POST"]),
            Route("/runway/feed", routes.feed, methods=["POST"]),
            Route("/v1/responses", routes.respond, methods=["POST"]),
            Route("/v1/responses/{response_id}", routes.read_response, methods=["GET"]),
        ],
        exception_handlers={Refused: routes.refusal, 404: routes.no_route, 405: routes.no_route},
    )
    app.state.remote = remote
    return app
