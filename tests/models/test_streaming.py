"""Token by token: the same numbers as the whole answer, and the doubt so far."""

import itertools

import numpy as np
import pytest

from dubito.catalogue import built
from dubito.estimate import ESTIMATORS
from dubito.estimate.running import running, streams
from dubito.estimate.scoring import score
from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.local import LocalModel

PROMPTS = ["Who?", "What is the capital of Peru?", "ñ🦙?", "7 + 5?", "Is it so?"]
PLAN = Plan(logprobs=True, distribution=True, top_k=3)
SHORT = Generation(max_tokens=14)


def test_the_last_of_the_stream_is_the_answer(local: LocalModel) -> None:
    """Each step has one token more, with the numbers that the engine gives for that token."""
    whole = dict(local.generate(PROMPTS, PLAN, SHORT))
    ended = set()
    for i, prompt in enumerate(PROMPTS):
        answer = whole[i].answer
        steps = list(local.stream(prompt, PLAN, SHORT))
        assert [len(e.answer.tokens) for e in steps] == list(range(1, len(answer.tokens) + 1))
        last = steps[-1].answer
        assert (last.text, last.tokens, last.finished) == (
            answer.text,
            answer.tokens,
            answer.finished,
        )
        assert last.top is not None
        assert answer.top is not None
        np.testing.assert_array_equal(last.top.ids, answer.top.ids)
        for name in ("logprobs", "entropies", "uniform_kl", "uniform_renyi"):
            full = getattr(answer, name)
            for size, e in enumerate(steps, 1):
                np.testing.assert_allclose(getattr(e.answer, name), full[:size], atol=1e-4)
        ended.add(last.finished)
    assert ended == {True, False}


def test_doubt_so_far_ends_in_the_doubt(local: LocalModel) -> None:
    """Every estimator that streams: by hand for one, at the end equal to the plain score."""
    some = {m.id: m.make() for m in ESTIMATORS if streams(m.make())}
    assert {"g-nll", "perplexity", "max-token-entropy", "probability-margin"} <= set(some)
    assert not {"semantic-entropy", "p-true", "token-sar"} & set(some)
    (_, evidence), *_ = local.generate(PROMPTS[1:2], PLAN, SHORT)
    tokens = list(running(local.stream(PROMPTS[1], PLAN, SHORT), some))
    logprobs = evidence.answer.logprobs
    assert logprobs is not None
    so_far = [t.scores["g-nll"].doubt for t in tokens]
    np.testing.assert_allclose(so_far, -np.cumsum(logprobs), atol=1e-3)
    for name, found in score(evidence, some).items():
        assert tokens[-1].scores[name].doubt == pytest.approx(found.doubt, abs=1e-3), name
    assert tokens[-1].answer == evidence.answer.text


def test_stopping_early_asks_for_no_more_tokens(
    local: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dubito.models.decoding import Decoder

    calls: list[int] = []
    forward = Decoder.forward
    monkeypatch.setattr(
        Decoder, "forward", lambda self, *a, **k: (calls.append(1), forward(self, *a, **k))[1]
    )
    two = list(itertools.islice(local.stream(PROMPTS[1], PLAN, SHORT), 2))
    assert len(two) == 2
    assert len(calls) == 2  # the prompt, and the first token


def test_what_cannot_be_streamed_is_refused(local: LocalModel) -> None:
    with pytest.raises(ValueError, match="cannot be streamed"):
        next(local.stream("Who?", Plan(samples=2), SHORT))
    with pytest.raises(ValueError, match=r"semantic-entropy.*cannot be streamed"):
        next(running([], {"semantic-entropy": built("semantic-entropy")}))
    with pytest.raises(ValueError, match="empty prompt"):
        next(local.stream(" ", PLAN, SHORT))
