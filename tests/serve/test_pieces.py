"""The pieces of the server, each alone."""

import asyncio
import json
import math

import pytest

from dubito.answer import Answer
from dubito.evidence import Evidence, Score, Sequence
from dubito.serve.admission import Admission
from dubito.serve.breaker import Breaker
from dubito.serve.completions import Gathered, as_chat, spots
from dubito.serve.doubting import block, chosen, headers
from dubito.serve.events import event, events
from dubito.serve.problems import Problem
from dubito.serve.settings import Settings
from dubito.serve.wire import Message, plain


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_breaker_opens_rests_and_lets_one_try() -> None:
    clock = Clock()
    breaker = Breaker(failures=2, rest=10, clock=clock)
    breaker.failed()
    assert breaker.wait() == 0
    breaker.went_well()
    breaker.failed()
    assert not breaker.is_open  # not two in a row
    breaker.failed()
    assert breaker.wait() == 10
    clock.now = 10
    assert breaker.wait() == 0  # one tries
    assert breaker.wait() > 0  # nobody else meanwhile
    breaker.failed()
    assert breaker.wait() == 10
    clock.now = 20
    assert breaker.wait() == 0
    breaker.gave_up()  # its client left: the next may try
    assert breaker.wait() == 0
    breaker.went_well()
    assert breaker.wait() == breaker.wait() == 0
    with pytest.raises(ValueError, match="at least 1"):
        Breaker(failures=0)


def test_admission_counts() -> None:
    async def main() -> None:
        admission = Admission(1, 1, patience=0.05)
        await admission.enter()
        line = asyncio.ensure_future(admission.enter())
        await asyncio.sleep(0)
        assert (admission.in_flight, admission.waiting) == (1, 1)
        with pytest.raises(Problem) as full:
            await admission.enter()
        assert full.value.status == 429
        admission.leave()
        await line
        assert (admission.in_flight, admission.waiting) == (1, 0)
        with pytest.raises(Problem) as late:
            await admission.enter()
        assert late.value.status == 503
        assert admission.waiting == 0

    asyncio.run(main())


def test_events_there_and_back() -> None:
    async def lines():
        for line in (b": hello\n\n" + event({"a": "ü"}) + event("[DONE]")).decode().split("\n"):
            yield line

    async def main() -> list[str]:
        return [data async for data in events(lines())]

    first, last = asyncio.run(main())
    assert (json.loads(first), last) == ({"a": "ü"}, "[DONE]")


def test_gathered_pieces_are_one_choice() -> None:
    gathered = Gathered()
    one = {"content": [{"token": "Li"}]}
    gathered.add({"choices": [{"delta": {"role": "assistant"}}]})
    gathered.add({"choices": [{"delta": {"content": "Li"}, "logprobs": one}]})
    gathered.add({"choices": [{"delta": {"content": "ma"}, "finish_reason": "stop"}]})
    gathered.add({"choices": [], "usage": {}})
    choice = gathered.choice()
    assert choice["message"]["content"] == "Lima"
    assert choice["finish_reason"] == "stop"
    assert choice["logprobs"] == one


def test_plain_completions_in_the_shape_of_chats() -> None:
    told = {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [{"a": -0.5, "b": -1.0}]}
    entry = as_chat({"text": "a", "logprobs": told})["logprobs"]["content"][0]
    assert (entry["token"], entry["logprob"]) == ("a", -0.5)
    assert entry["top_logprobs"][1] == {"token": "b", "logprob": -1.0}
    assert spots({"tokens": "no list"}) is None
    assert spots(None) is None


def test_turns_of_bare_text() -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    assert plain([Message(role="developer", content=parts)]) == [
        {"role": "system", "content": "Hello"}
    ]
    for bad in ([{"type": "image_url"}], None, []):
        with pytest.raises(Problem, match="text alone"):
            plain([Message(role="user", content=bad)])
    with pytest.raises(Problem, match="role 'tool'"):
        plain([Message(role="tool", content="x")])


def test_block_tells_no_infinity() -> None:
    """An infinite doubt is a reason; the parts are those of the first that has any."""
    answer = Answer(
        text="a",
        confidence=0.25,
        scores={
            "one": Score(math.inf),
            "two": Score(1.5, parts={"aleatoric": 1.0, "epistemic": 0.5}),
        },
        meanings=[],
        evidence=Evidence("q", Sequence("a")),
        calibration="",
    )
    told = block(answer)
    assert told["doubt"]["one"]["value"] is None
    assert "impossible" in told["doubt"]["one"]["reason"]
    assert told["parts"] == {"aleatoric": 1.0, "epistemic": 0.5}
    assert headers(told) == {
        "X-Dubito-Action": "answer",
        "X-Dubito-Confidence": "0.2500",
        "X-Dubito-Doubt": "1.5000",
    }


def test_without_samples_only_those_that_need_none() -> None:
    using = chosen(("perplexity", "semantic-entropy"), 0)
    assert list(using.ready) == ["perplexity"]
    assert using.left_out == ("semantic-entropy",)
    assert chosen(("semantic-entropy",), 4).plan.samples == 4


@pytest.mark.parametrize("bad", [{"in_flight": 0}, {"waiting": -1}, {"patience": 0.0}])
def test_settings_are_checked(bad: dict) -> None:
    with pytest.raises(ValueError, match="must be"):
        Settings(**bad)
