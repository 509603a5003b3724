"""Requests made up from the OpenAPI document: whatever comes, no 500."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from dubito.models.collect import Collector
from dubito.serve.app import make_app
from dubito.serve.doubting import Doubter
from dubito.serve.remote import Remote
from dubito.serve.settings import Settings, Upstream
from dubito.serve.upstream import Asking
from serve.running import Stub, running

schemathesis = pytest.importorskip("schemathesis")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A proxy over an upstream that is well."""
    file = tmp_path_factory.mktemp("records") / "records.db"
    with running(Stub().app()) as upstream:

        def backend() -> Remote:
            doubter = Doubter(("perplexity",), meaning=Collector())
            return Remote(Asking(Upstream(f"{upstream}/v1")), doubter)

        with running(make_app(backend, Settings(records=f"sqlite:///{file}"))) as address:
            yield address


def test_no_request_breaks_it(url: str) -> None:
    """Of every operation 30 requests; refusals have the shape that OpenAI's clients read."""
    document = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    seen = {operation.path: fuzz(operation, url) for operation in operations}
    assert set(seen) >= {"/v1/chat/completions", "/v1/completions", "/score", "/feedback"}
    assert 200 in seen["/v1/completions"]


def fuzz(operation: Any, url: str) -> set[int]:
    """The statuses of 30 requests."""
    statuses: set[int] = set()

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = case.call(base_url=url)
        statuses.add(response.status_code)
        assert response.status_code < 500, (case, response.text)
        if response.status_code >= 400:
            assert response.json()["error"]["message"]

    check()
    return statuses
