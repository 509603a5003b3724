"""An HTTP server around the application, until it is told to stop."""

import gc
import logging
from collections.abc import Callable

import uvicorn

from dubito.serve.app import make_app
from dubito.serve.backend import Backend
from dubito.serve.settings import Settings

FAREWELL = 30  # seconds for what is being answered when the server is told to stop


def run(backend: Callable[[], Backend], settings: Settings, *, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; requests on their way are answered first."""
    # Addresses of an upstream stand in httpx's lines, one for every request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    box: list[uvicorn.Server] = []
    app = make_app(backend, settings, stopping=lambda: box[0].should_exit if box else False)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=FAREWELL,
        timeout_keep_alive=75,  # longer than clients and balancers keep an idle connection
        server_header=False,
    )
    box.append(uvicorn.Server(config))
    # What is loaded stays: looking through all of it for garbage would halt every request.
    gc.collect()
    gc.freeze()
    box[0].run()
