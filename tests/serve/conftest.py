"""A proxy over a stub upstream, on real sockets."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from fastapi import FastAPI

from dubito.models.collect import Collector
from dubito.serve.app import make_app
from dubito.serve.doubting import Doubter
from dubito.serve.remote import Remote
from dubito.serve.settings import Settings, Upstream
from dubito.serve.upstream import Asking
from serve.running import Stub, running


@dataclass
class Proxied:
    """A proxy, its upstream and the file of its records."""

    url: str
    stub: Stub
    records: str
    app: FastAPI


NAMES = ("perplexity", "max-token-entropy")
QUICK = Upstream("", timeout=5.0, retries=1, first_wait=0.01, failures=3, rest=0.3)


@pytest.fixture
def proxy_with(tmp_path: Path) -> Iterator[Callable[..., Proxied]]:
    """Start a proxy with these settings; it ends with the test."""
    with ExitStack() as stack:

        def start(settings: Settings | None = None, **upstream: object) -> Proxied:
            stub = Stub()
            url = stack.enter_context(running(stub.app()))
            told = settings or Settings(records=f"sqlite:///{tmp_path}/records.db")
            asked = replace(QUICK, **{"url": f"{url}/v1", **upstream})

            def backend() -> Remote:
                return Remote(Asking(asked), Doubter(NAMES, meaning=Collector()))

            app = make_app(backend, told)
            return Proxied(stack.enter_context(running(app)), stub, told.records or "", app)

        yield start


@pytest.fixture
def proxy(proxy_with: Callable[..., Proxied]) -> Proxied:
    return proxy_with()
