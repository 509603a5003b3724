"""Any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, the real thing."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as Ordered
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import httpx

from dubito.evidence import Evidence, Plan
from dubito.models.base import Generation, ModelError
from dubito.models.interview import Interview
from dubito.models.server import Refused, Server, completions_url

STANDARD = Generation()


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind a chat-completions API; the key comes from the environment, if it needs one.

    The answer is asked for at temperature 0 and its log-probs are taken for those of the model,
    temperature 1, which is what OpenAI, vLLM and llama.cpp report by default; a server that
    scales them shows it and gets none. Samples have log-probs only where they are drawn at
    temperature 1. Entropies are bounds, from at most 20 top log-probs. A server's own limits on
    sampling other than top_p (top-k, min-p, penalties) must be switched off at the server.

    Attributes:
        timeout: seconds for one request.
        retries: after the first try, while the server is down, slow or busy.
        concurrency: requests at a time.
        first_wait: seconds before the first retry; doubles with each.
    """

    model: str
    base_url: str
    timeout: float = 60.0
    retries: int = 4
    concurrency: int = 8
    api_key_env: str = "OPENAI_API_KEY"
    first_wait: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        completions_url(self.base_url)
        if self.concurrency < 1 or self.retries < 0 or not self.timeout > 0:
            raise ValueError(
                f"concurrency ({self.concurrency}) must be at least 1, retries ({self.retries}) "
                f"at least 0 and timeout ({self.timeout}) above 0"
            )

    @property
    def name(self) -> str:
        """What it is loaded as."""
        return f"openai:{self.model}@{self.base_url}"

    def generate(
        self,
        prompts: Ordered[str],
        plan: Plan,
        generation: Generation = STANDARD,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        """(index of the prompt, its evidence) as each is done; `progress(1)` for each.

        Raises:
            ModelError: at the end, after all that could be had. A prompt that the server refuses
                does not stop the others; a server that does not answer does.
        """
        with (
            httpx.Client(
                timeout=self.timeout, limits=httpx.Limits(max_connections=self.concurrency)
            ) as client,
            ThreadPoolExecutor(self.concurrency) as pool,
        ):
            server = Server(
                completions_url(self.base_url),
                client,
                key_env=self.api_key_env,
                retries=self.retries,
                first_wait=self.first_wait,
            )
            jobs = {
                pool.submit(Interview(server, self.model, prompt, plan, generation).evidence): i
                for i, prompt in enumerate(prompts)
            }
            failures: dict[int, ModelError] = {}
            try:
                for i, evidence in finished(jobs, failures):
                    if progress:
                        progress(1)
                    yield i, evidence
            finally:
                server.closing.set()
                cancel(jobs)
        if failures:
            raise first_of(failures, prompts)


def finished(
    jobs: Mapping[Future[Evidence], int], failures: dict[int, ModelError]
) -> Iterator[tuple[int, Evidence]]:
    """What gets done; failures are noted, and all but a refusal cancel what has not begun."""
    for job in as_completed(jobs):
        if job.cancelled():
            continue
        error = job.exception()
        if error is None:
            yield jobs[job], job.result()
        elif isinstance(error, ModelError):
            failures[jobs[job]] = error
            if not isinstance(error, Refused):
                cancel(jobs)
        else:
            raise error


def cancel(jobs: Mapping[Future[Evidence], int]) -> None:
    """Forget the jobs that have not begun."""
    for job in jobs:
        job.cancel()


def first_of(failures: Mapping[int, ModelError], prompts: Ordered[str]) -> ModelError:
    """One error for all: the first prompt's, with its number, and how many there are."""
    i = min(failures)
    others = f"; {len(failures)} of {len(prompts)} prompts failed" if len(failures) > 1 else ""
    error = ModelError(f"prompt {i} ({prompts[i][:60]!r}): {failures[i]}{others}")
    error.__cause__ = failures[i]
    return error
