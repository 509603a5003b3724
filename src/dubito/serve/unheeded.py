"""Fields that would change an answer and that nobody here heeds: refused, not passed over."""

from collections.abc import Mapping
from typing import Any

from dubito.serve.problems import Problem
from dubito.serve.wire import Asked

MOST_STOPS = 4

# OpenAI's fields, each with the values that change nothing; what is missing or null never does.
# Greedy answers are the same whatever `temperature`, `top_p` and `seed` say.
NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "web_search_options": (),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "reasoning_effort": ("none",),
    "verbosity": ("medium",),
    "best_of": (1,),
    "echo": (False,),
    "suffix": ("",),
}


def refuse_unheeded(request: Asked, who: str) -> None:
    """Refuse what would change an answer of `who`, which heeds no such field.

    Raises:
        Problem: 400, which names the field.
    """
    for field, value in (request.model_extra or {}).items():
        if value is not None and value not in NEUTRAL.get(field, (value,)):
            raise unheeded(field, who)


def unheeded(field: str, who: str) -> Problem:
    """What a client is told whose field would change the answer."""
    return Problem(
        400, f"{field}: {who} does not heed it; leave it out, or ask an upstream that does"
    )


def stops_of(request: Asked) -> tuple[str, ...]:
    """The strings before which an answer ends, none or up to four.

    Raises:
        Problem: 400 for more of them, or one that is empty.
    """
    given = request.stop or []
    stops = (given,) if isinstance(given, str) else tuple(given)
    if len(stops) > MOST_STOPS:
        raise Problem(400, f"stop: at most {MOST_STOPS} strings, got {len(stops)}")
    if "" in stops:
        raise Problem(400, "stop: an empty string would end every answer before it begins")
    return stops
