"""What a server is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

LOGPROBS_ALONE = ("perplexity", "mean-token-entropy", "max-token-entropy", "g-nll")


@dataclass(frozen=True)
class Settings:
    """How one server behaves; what it answers with is its backend's.

    Attributes:
        records: a SQLAlchemy URL, such as sqlite:///records.db or postgresql+psycopg://...;
            None keeps nothing.
        log_prompts: keep questions and answers too, not only their digests.
        api_key_env: environment variable with the key that clients have to send; where it is
            not set, nobody needs one.
        in_flight: requests answered at a time; `waiting` more may wait, others get a 429.
        waiting: see `in_flight`.
        patience: seconds that a request may wait for its turn, then it gets a 503.
        largest_body: bytes of a request.
        drift_delta: chance of a false drift alarm, ever.
    """

    records: str | None = "sqlite:///dubito-records.db"
    log_prompts: bool = False
    api_key_env: str = "DUBITO_API_KEY"
    in_flight: int = 64
    waiting: int = 256
    patience: float = 30.0
    largest_body: int = 1_000_000
    drift_delta: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what no server can do."""
        if self.in_flight < 1 or self.waiting < 0:
            raise ValueError(
                f"in_flight must be at least 1 and waiting at least 0, "
                f"got {self.in_flight} and {self.waiting}"
            )
        if not self.patience > 0 or self.largest_body < 1:
            raise ValueError(
                f"patience and largest_body must be above 0, "
                f"got {self.patience} and {self.largest_body}"
            )


@dataclass(frozen=True)
class Upstream:
    """An OpenAI-compatible server that answers for us.

    Attributes:
        url: its base address, which often ends in /v1.
        key_env: environment variable with its key, if it needs one.
        timeout: seconds of silence after which it counts as down.
        retries: further tries of a request that met a busy or silent server, before its answer
            has begun.
        first_wait: seconds before the first of them; doubles with each.
        failures: requests in a row that fail before the breaker opens.
        rest: seconds for which an open breaker asks nothing.
    """

    url: str
    key_env: str = "OPENAI_API_KEY"
    timeout: float = 60.0
    retries: int = 2
    first_wait: float = 0.25
    failures: int = 5
    rest: float = 5.0


def page_folder() -> Path:
    """Where the page's files are."""
    return Path(__file__).parent / "page"
