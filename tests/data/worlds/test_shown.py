"""Made-up evidence holds all that a plan can ask for, and holds together."""

from dataclasses import fields

import numpy as np
import pytest

from dubito.data.worlds.shown import PROMPT, VOCABULARY, shown
from dubito.evidence import Plan

EVERYTHING = Plan(
    samples=6,
    top_k=5,
    hidden=(0.0, 1 / 3, 0.5, 1.0),
    attention=(0.05, 1.0),
    **{f.name: True for f in fields(Plan) if isinstance(f.default, bool)},
)


@pytest.mark.parametrize("seed", range(4))
def test_all_that_can_be_asked_for_is_there(seed: int) -> None:
    seen = shown(seed, samples=6).only(EVERYTHING)
    assert len(seen.samples) == 6
    lacking = [f.name for f in fields(seen) if getattr(seen, f.name) is None]
    assert lacking == []
    lacking = [f.name for f in fields(seen.answer) if getattr(seen.answer, f.name) is None]
    assert lacking == ["entropies_upper"]  # the entropies are exact


@pytest.mark.parametrize("seed", range(4))
def test_it_holds_together(seed: int) -> None:
    e = shown(seed)
    texts = [e.answer.text, *(s.text for s in e.samples)]
    same = np.array(texts)[:, None] == np.array(texts)
    assert same.sum() > len(texts)  # some samples are equal
    assert np.array_equal(e.entailment == 1, same)
    assert np.all(e.contradiction[same] == 0)
    assert np.all(e.entailment + e.contradiction <= 1)
    assert np.allclose(e.matching, e.matching.T)
    assert np.allclose(np.linalg.norm(e.embeddings, axis=1), 1)
    assert np.array_equal(np.isclose(e.embeddings @ e.embeddings.T, 1), same)


@pytest.mark.parametrize("seed", range(4))
def test_its_tokens_spell_the_answer(seed: int) -> None:
    answer = shown(seed).answer
    spans = [answer.text[a:b] for a, b in answer.offsets]
    assert spans == [*answer.tokens[:-1], ""]
    t = len(answer.tokens)
    assert np.all(answer.logprobs < 0)
    assert np.all((answer.entropies > 0) & (answer.entropies < np.log(VOCABULARY)))
    assert np.array_equal(answer.top.logprobs[:, 0], answer.logprobs)  # greedy
    assert answer.hidden.values.shape[1] == 1 + t
    assert np.allclose(answer.attention.values.sum(-1), 1)
    later = np.arange(PROMPT + t) > PROMPT + np.arange(t)[:, None]
    assert np.all(answer.attention.values[:, :, later] == 0)


def test_same_seed_same_evidence_and_another_for_another() -> None:
    one, again, other = shown(1), shown(1), shown(2)
    assert np.array_equal(one.embeddings, again.embeddings)
    assert one.answer.text == again.answer.text
    assert not np.array_equal(one.embeddings, other.embeddings)


def test_more_samples_do_not_change_the_answer() -> None:
    assert np.array_equal(shown(3).answer.logprobs, shown(3, samples=2).answer.logprobs)
