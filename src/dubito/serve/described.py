"""What /openapi.json says beyond the routes: the key that clients have to send."""

from typing import Any

from fastapi import FastAPI

from dubito.serve.doors import OPEN, key_of

KEY = "key"
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "The key of this server; none is needed where its owner has set none.",
}


def describe_key(app: FastAPI, key_env: str) -> None:
    """Name the key in the document: needed while it is set, else optional."""
    routes = app.openapi

    def document() -> dict[str, Any]:
        """As it stands now: the key is read anew, as the doors do it."""
        told = routes()
        told.setdefault("components", {})["securitySchemes"] = {KEY: SCHEME}
        needed = bool(key_of(key_env))
        told["security"] = [{KEY: []}] if needed else [{}, {KEY: []}]
        for path in set(OPEN) & set(told["paths"]):
            for operation in told["paths"][path].values():
                operation["security"] = []
        return told

    app.openapi = document
