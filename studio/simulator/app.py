"""The remote over HTTP: its routes. What it knows is in `remote`, how it speaks in `wire` and `outputs`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from studio.simulator import outputs, wire
from studio.simulator.answers import Refused
from studio.simulator.cards import ENDPOINTS
from studio.simulator.comet.app import Comet
from studio.simulator.gate import Gate
from studio.simulator.outputs import BUCKET_PATH
from studio.simulator.remote import Remote
from studio.simulator.responses import no_route, refusal


def create_app(remote: Remote) -> Starlette:
    """The ASGI app of one remote."""
    app = Starlette(
        routes=[
            *(Route(f"/v1/{name}", wire.create_at(name), methods=["POST"]) for name in ENDPOINTS),
            Route("/v1/uploads", wire.issue_upload, methods=["POST"]),
            Route("/v1/tasks/{task_id}", wire.read_task, methods=["GET"]),
            Route("/v1/tasks/{task_id}", wire.delete_task, methods=["DELETE"]),
            Route("/v1/organization", wire.organization, methods=["GET"]),
            Route("/v1/organization/usage", wire.usage, methods=["POST"]),
            Route(BUCKET_PATH, outputs.store_upload, methods=["POST"]),
            Route("/outputs/{name}", outputs.download, methods=["GET", "HEAD"]),
            Route("/_simulator/health", wire.health, methods=["GET"]),
        ],
        lifespan=_lifespan,
        exception_handlers={Refused: refusal, 404: no_route, 405: no_route},
    )
    app.state.remote = remote
    app.add_middleware(Gate, remote=remote)
    app.add_middleware(Comet, remote=remote)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    app.state.remote.close()
