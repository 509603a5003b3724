"""Requests made up from the OpenAPI document: whatever comes, no 500."""

from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
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


def operations_of(url: str) -> list[Any]:
    """All that the document describes."""
    document = schemathesis.openapi.from_url(f"{url}/openapi.json")
    return [found.ok() for found in document.get_all_operations()]


def test_no_request_breaks_it(url: str) -> None:
    """Of every operation 30 requests; refusals have the shape that OpenAI's clients read."""
    seen = {o.path: fuzz(o, url, requests=30) for o in operations_of(url)}
    assert set(seen) >= {"/v1/chat/completions", "/v1/completions", "/score", "/feedback"}
    assert 200 in seen["/v1/completions"]
    assert all(status < 500 for statuses in seen.values() for status in statuses)


FAULTS = (
    "", "slow", "slow", "garbage", "breaks", "no choices", "", "busy", "busy", "silent", "no key",
    "error in the stream", "refuses", "no log-probs", "names log-probs", "takes no log-probs",
    "broken", "broken", "broken", "broken",
)  # fmt: skip


def test_no_fault_of_the_upstream_becomes_one_of_ours(tmp_path: Path) -> None:
    """What it is asked meets one fault after the other; a breaker of 3 failures rests 50 ms.

    Whatever comes of it is a status that the document names for this operation, and no 500.
    """
    stub = Stub(turns=cycle(FAULTS), silence=0.3)
    with running(stub.app()) as upstream:

        def backend() -> Remote:
            weak = Upstream(
                f"{upstream}/v1", timeout=0.1, retries=1, first_wait=0.001, failures=3, rest=0.05
            )
            return Remote(Asking(weak), Doubter(("perplexity",), meaning=Collector()))

        with running(make_app(backend, Settings(records=f"sqlite:///{tmp_path}/r.db"))) as url:
            seen: Counter[int] = Counter()
            for operation in operations_of(url):
                asks = operation.path.startswith("/v1/")
                found = fuzz(operation, url, requests=30 if asks else 5)
                if operation.path == "/v1/models":  # has nothing to be made up
                    found.update(httpx.get(url + operation.path).status_code for _ in FAULTS)
                documented = set(operation.definition.raw["responses"])
                assert {str(status) for status in found} <= documented, operation.path
                assert 500 not in found
                seen.update(found)
            told = httpx.get(f"{url}/metrics").text
    assert {200, 429, 502, 503, 504} <= set(seen)
    assert 'status="500"' not in told


def fuzz(operation: Any, url: str, *, requests: int) -> Counter[int]:
    """How often each status came of so many requests."""
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=requests,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = case.call(base_url=url)
        statuses[response.status_code] += 1
        assert response.status_code != 500, (case, response.text)
        if response.status_code >= 400:
            assert response.json()["error"]["message"]

    check()
    return statuses
