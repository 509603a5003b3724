"""What goes wrong, in the words that OpenAI's clients understand."""

import json
from typing import Any

from starlette.responses import Response

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}


class Problem(Exception):
    """A request that is not answered, with the status and the words its client gets."""

    def __init__(self, status: int, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.after = after  # seconds after which another try is worth it

    @property
    def body(self) -> dict[str, Any]:
        """As OpenAI shapes errors."""
        kind = KINDS.get(self.status, "server_error")
        return {"error": {"message": self.message, "type": kind, "code": self.status}}

    def response(self) -> Response:
        """The whole answer."""
        headers = {} if self.after is None else {"Retry-After": f"{max(1, round(self.after))}"}
        body = json.dumps(self.body)
        return Response(body, self.status, headers, media_type="application/json")
