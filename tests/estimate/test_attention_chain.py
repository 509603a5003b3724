import math
from dataclasses import replace

import numpy as np
import pytest

from attentive import spoken
from dubito.estimate.attention_chain import (
    AttentionChain,
    KeyTokens,
    mean_cosine,
    most_similar,
)
from dubito.estimate.backtrack import backtrack
from dubito.estimate.final_answer import final_answer
from dubito.evidence import Evidence, Layers, Missing
from inputs import rich_evidence

NOBODY = np.zeros(6, dtype=bool)


def looks(*hops: tuple[int, int, float], tokens: int = 6, prompt: int = 2) -> np.ndarray:
    """Rows [T, P + T]: hops (from, to, weight) of tokens of the answer."""
    rows = np.zeros((tokens, prompt + tokens))
    for source, target, weight in hops:
        rows[source, prompt + target] = weight
    return rows


def test_a_token_stands_on_what_the_one_before_it_looks_at():
    """5 was written after 4, which looks at 2; 2 after 1, which looks at 0; 0 after the prompt."""
    rows = looks((4, 2, 0.6), (1, 0, 0.6), (5, 3, 0.9), (2, 3, 0.9))
    assert backtrack(rows, np.array([5]), NOBODY, least=0).tolist() == [0, 2, 5]


def test_several_tokens_of_an_answer_add_their_looks():
    """4 and 5 stand on what 3 and 4 look at: .3 + .3 passes .5, alone it would not."""
    rows = looks((3, 1, 0.3), (4, 1, 0.3))
    assert backtrack(rows, np.array([4, 5]), NOBODY, least=0).tolist() == [1, 4, 5]
    assert backtrack(rows, np.array([5]), NOBODY, least=0).tolist() == [5]


def test_weak_tokens_join_while_the_chain_is_short():
    rows = looks((4, 0, 0.2), (4, 1, 0.3), (4, 2, 0.1))
    final = np.array([5])
    assert backtrack(rows, final, NOBODY, least=1).tolist() == [1, 5]
    assert backtrack(rows, final, NOBODY, least=2).tolist() == [0, 1, 5]
    assert backtrack(rows, final, NOBODY, least=5).tolist() == [0, 1, 2, 5]
    assert backtrack(rows, final, NOBODY, least=5, branches=1).tolist() == [1, 5]
    assert backtrack(rows, final, NOBODY, least=0, threshold=0.25).tolist() == [1, 5]


def test_fillers_and_the_token_just_read_are_skipped():
    rows = looks((4, 4, 0.9), (4, 2, 0.8), (4, 1, 0.7))
    skipped = NOBODY.copy()
    skipped[2] = True
    assert backtrack(rows, np.array([5]), skipped, least=0).tolist() == [1, 5]


def test_the_prompt_is_skipped_but_takes_places_among_the_nearest():
    """Five of the prompt come first; token 0 joins only because the chain is short."""
    rows = np.zeros((2, 7))
    rows[0] = [0.2, 0.2, 0.2, 0.2, 0.15, 0.05, 0.0]
    long = np.zeros((3, 8))
    long[1, :6] = rows[0, :6]  # token 2 stands on what token 1 looks at
    final = np.array([2])
    assert backtrack(long, final, NOBODY[:3], least=5).tolist() == [0, 2]
    assert backtrack(long, final, NOBODY[:3], least=0, threshold=0.01).tolist() == [2]


def test_no_token_joins_twice_and_the_first_one_ends_it():
    """2 looks at 3 and 3's writer at 1: everything in a circle still ends."""
    rows = looks((4, 1, 0.6), (0, 5, 0.9), (0, 1, 0.9))
    assert backtrack(rows, np.array([5]), NOBODY, least=0).tolist() == [1, 5]
    assert backtrack(rows, np.array([0]), NOBODY, least=5).tolist() == [0]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["3", " +", " 4", " is", " 7", ".", " The", " answer", " is", " seven", "."], [9]),
        (["Answer", ":", " Lima", ",", " Peru", ".", " Bye", "."], [2, 3, 4]),
        (["so", " 3", " +", " 4", " =", " 1", "2", " apples", "."], [5, 6]),
        (["#### ", "42"], [1]),
        (["Answer:", " 3", ".", " No", ",", " answer:", " 4", "."], [6]),  # the last one counts
        (["It", " rains", ".", " I", " think", "."], [3, 4, 5]),
        (["Lima"], [0]),
        (["The answer is"], [0]),  # a cue with nothing behind it: the last sentence
    ],
)
def test_final_answer_by_rule(words, found):
    n = len(words)
    evidence = spoken(words, [0.5] * n, np.ones((1, 1, n, n + 1)))
    assert final_answer(evidence.answer).tolist() == found


def test_where_no_answer_is_found_it_is_missing():
    evidence = spoken(["a"], [0.5], np.ones((1, 1, 1, 2)))
    with pytest.raises(Missing, match="offsets"):
        final_answer(replace(evidence.answer, offsets=None))
    with pytest.raises(Missing, match="no final answer"):
        final_answer(replace(evidence.answer, text="", offsets=np.array([[0, 0]])))


def reasoned(
    states: np.ndarray | None = None, *, last: float = 1.0, second: str = " mega"
) -> Evidence:
    """Tokens k m f f f 9: the answer 9 looks at k, and less at m; the f are words."""
    words = ["kilo", second, " fee", " fie", " foe", " 9"]
    heads = np.full((1, 1, 6, 8), 1e-3)
    heads[0, 0, 4, 2:4] = 0.6, 0.3
    if states is None:
        states = np.ones((7, 3))
    return spoken(words, [0.5, 0.25, 0.9, 0.8, 0.7, last], heads, states=states)


def key_tokens(**options: float) -> KeyTokens:
    return KeyTokens(**{"least": 0, "branches": 1, **options})  # pyright: ignore


def test_the_answer_and_what_it_stands_on_by_hand():
    """9 is sure, kilo is 1/2: ln 2; with mega, which the shortest chain of two has: 3 ln 2."""
    score = AttentionChain(key_tokens())(reasoned())
    assert score.tokens == pytest.approx((math.log(2), 0, 0, 0, 0, 0))
    assert score.doubt == pytest.approx(math.log(2))
    assert score.parts == pytest.approx({"answer": 0, "chain": math.log(2)})
    longer = AttentionChain(key_tokens(least=2, branches=2))(reasoned())
    assert longer.doubt == pytest.approx(3 * math.log(2))


def test_the_final_answer_counts_itself():
    score = AttentionChain(key_tokens())(reasoned(last=0.8))
    assert score.doubt == pytest.approx(math.log(2) + math.log(1.25))
    assert score.parts["answer"] == pytest.approx(math.log(1.25))


def test_words_of_grammar_are_in_no_chain():
    """ "the" in the place of mega: the chain of two has another word of .9 in its place."""
    longer = AttentionChain(key_tokens(least=2, branches=2))
    assert longer(reasoned(second=" the")).doubt == pytest.approx(-math.log(0.5 * 0.9))


def test_states_unlike_the_answers_are_left_out():
    """The state from which kilo (token 0) was written is row 0, that of the answer row 5."""
    states = np.zeros((7, 3))
    states[:, 0] = 1.0
    states[0, 0] = -1.0
    score = AttentionChain(key_tokens())(reasoned(states))
    assert score.doubt == 0
    assert score.parts == pytest.approx({"answer": 0, "chain": math.log(2)})
    all_kept = AttentionChain(key_tokens(similarity=-1.0))(reasoned(states))
    assert all_kept.doubt == pytest.approx(math.log(2))


def test_keeping_all_is_the_identity():
    """The card: as many keys as the chain is long and a threshold of -1 keep the chain."""
    for seed in range(5):
        answer = rich_evidence(seed).answer
        final = np.array([len(answer.tokens) - 2])
        every = KeyTokens(keys=99, similarity=-1.0)
        np.testing.assert_array_equal(every(answer, final), every.chain(answer, final))
        assert len(every.chain(answer, final))


def test_the_most_similar_are_kept():
    tokens, near = np.array([2, 5, 7, 9]), np.array([0.1, 0.9, -0.2, 0.5])
    assert most_similar(tokens, near, keys=2, least=0).tolist() == [5, 9]
    assert most_similar(tokens, near, keys=9, least=0).tolist() == [2, 5, 9]
    assert most_similar(tokens, near, keys=9, least=-1).tolist() == [2, 5, 7, 9]


def test_mean_cosine():
    """(3, 4) with (1, 0) and (0, 2): (.6 + .8) / 2; a state of zeros is like nothing."""
    rows = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(mean_cosine(rows, np.array([[1.0, 0], [0, 2]])), [0.7, 0.0])


def test_options_are_checked():
    for bad in ({"heads": 0}, {"keys": 0}, {"branches": 0}, {"depths": ()}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            KeyTokens(**bad)
    evidence = reasoned()
    with pytest.raises(Missing, match="hidden"):
        AttentionChain()(replace(evidence, answer=replace(evidence.answer, hidden=None)))
    spoilt = np.full((1, 7, 3), np.nan)
    with pytest.raises(ValueError, match="hidden of token 0"):
        AttentionChain()(
            replace(evidence, answer=replace(evidence.answer, hidden=Layers((1.0,), spoilt)))
        )
