"""What /openapi.json says of the key, for whoever generates a client from it."""

import httpx
import pytest

from serve.conftest import Proxied

SCHEME = {"type": "http", "scheme": "bearer"}


def document(proxy: Proxied, key: str = "") -> dict:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.get(f"{proxy.url}/openapi.json", headers=headers).raise_for_status().json()


def test_the_key_is_optional_until_it_is_set(
    proxy: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = document(proxy)
    assert free["security"] == [{}, {"key": []}]  # none, or the key
    monkeypatch.setenv("DUBITO_API_KEY", "s3cret")
    needed = document(proxy, "s3cret")
    assert needed["security"] == [{"key": []}]
    for told in (free, needed):
        scheme = told["components"]["securitySchemes"]["key"]
        assert scheme | SCHEME == scheme
        assert "s3cret" not in str(told)
    monkeypatch.delenv("DUBITO_API_KEY")
    assert document(proxy) == free


def test_the_document_and_the_doors_agree(proxy: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key every route is closed but those that the document leaves open."""
    monkeypatch.setenv("DUBITO_API_KEY", "s3cret")
    paths = document(proxy, "s3cret")["paths"]
    open_ones = set()
    for path, operations in paths.items():
        for method, operation in operations.items():
            told = httpx.request(method, f"{proxy.url}{path}", json={})
            if operation.get("security") == []:
                open_ones.add(path)
                assert told.status_code == 200
            else:
                assert told.status_code == 401
                assert "401" in operation["responses"]
    assert open_ones == {"/healthz"}
