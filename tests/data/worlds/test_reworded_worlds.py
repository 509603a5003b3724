"""The worlds in which questions are put in other words: their truth holds."""

import numpy as np
import pytest

from dubito.data.worlds.opened import LENGTH, TOP, opened
from dubito.data.worlds.readings import readings
from dubito.data.worlds.rewordings import rewordings
from dubito.data.worlds.swayed import ANSWERS, Ids, hearings, kinds, swayed, truths

SMALL = Ids(8, 8, 30, 8)


def said(world) -> np.ndarray:
    """Which answer each wording's greedy answer and samples are, [N, n, 1 + r]."""
    return np.array(
        [
            [[int(s.text.split()[1]) for s in (e.answer, *e.samples)] for e in ways]
            for ways in world.asked
        ]
    )


def test_rewordings_are_wrong_where_the_first_answer_is_not_the_right_one() -> None:
    world = rewordings(0, questions=200)
    assert (world.wrong == (said(world)[:, 0, 0] != 0)).all()
    assert 0.35 < world.wrong.mean() < 0.65


def test_steadiness_is_uniform_over_wordings() -> None:
    """Share of right answers over 10 wordings: mean 1/2, variance 1/12 + (1/6) / 10 = .1."""
    share = (said(rewordings(1, questions=800, samples=1))[..., 0] == 0).mean(axis=1)
    assert share.mean() == pytest.approx(0.5, abs=5 * np.sqrt(0.1 / 800))
    assert share.var() == pytest.approx(0.1, rel=0.2)


@pytest.mark.parametrize("noise", [0.05, 0.4])
def test_samples_leave_the_answer_as_often_as_stated(noise: float) -> None:
    """Drawn anew with probability `noise`, of which one in six is the same."""
    which = said(rewordings(2, questions=300, noise=noise))
    left = (which[..., 1:] != which[..., :1]).mean()
    p = noise * 5 / 6
    assert abs(left - p) < 5 * np.sqrt(p * (1 - p) / 15000)


def test_temperatures_share_questions_and_greedy_answers() -> None:
    cold, hot = (rewordings(3, questions=20, noise=noise) for noise in (0.05, 0.4))
    assert (said(cold)[..., 0] == said(hot)[..., 0]).all()
    assert (said(cold) != said(hot)).any()
    texts = [e.prompt for e in cold.asked[0]]
    assert (cold.alike(texts) == hot.alike(texts)).all()


def test_rewordings_embeddings_tell_answers_and_questions() -> None:
    world = rewordings(4, questions=30)
    ways = world.asked[0]
    rows = np.concatenate([np.asarray(e.embeddings) for e in ways])
    kind = said(world)[0].ravel()
    cosine = rows @ rows.T
    same = kind[:, None] == kind
    assert cosine[same].min() > 0.9
    assert np.asarray(ways[0].entailment).shape == (6, 6)
    one, other = ([e.prompt for e in world.asked[q]] for q in (0, 1))
    assert world.alike(one).min() > world.alike([*one[:1], *other])[0, 1:].mean()
    assert np.diagonal(world.alike(one)) == pytest.approx(1)


def test_shuffled_truth_is_a_permutation() -> None:
    world = rewordings(5, questions=50)
    null = world.shuffled(np.random.default_rng(0))
    assert null.asked is world.asked
    assert null.wrong.sum() == world.wrong.sum()
    assert (null.wrong != world.wrong).any()


def test_answers_of_readings_say_nothing_of_ambiguity() -> None:
    """Mean cosine of the answers is alike in both sorts, that of the rewritings is not."""
    world = readings(0, items=200)

    def spread(way: int) -> np.ndarray:
        rows = [np.asarray(ways[way].embeddings)[1:] for ways in world.asked]
        return np.array([1 - (v @ v.T).mean() for v in rows])

    for way, differs in ((0, False), (1, True)):
        clear, unclear = spread(way)[~world.wrong], spread(way)[world.wrong]
        error = np.sqrt(clear.var() / 100 + unclear.var() / 100)
        assert (abs(clear.mean() - unclear.mean()) > 5 * error) == differs


def test_truths_of_the_three_sorts() -> None:
    law, kind = truths(SMALL, np.random.default_rng(0)), kinds(SMALL)
    assert law.sum(axis=1) == pytest.approx(np.ones(24))
    assert (law[kind == 1] > 0).sum(axis=1).tolist() == [4] * 8
    assert law[kind != 1].max(axis=1) == pytest.approx(np.full(16, 0.93))
    assert SMALL.asked.tolist() == [*range(16), *range(46, 54)]


def test_hearings_follow_the_law_and_never_name_the_unknown() -> None:
    """A single-answer question is answered rightly 93 times in 100, each of three times."""
    rng = np.random.default_rng(0)
    law = truths(SMALL, rng)
    tokens, learnt = next(hearings(SMALL, law, rng, 6000))
    asked, answers = tokens[:, 0].numpy(), tokens[:, 1:].numpy() - SMALL.answers
    assert asked.max() < 46
    assert (asked < 16).mean() == pytest.approx(0.5, abs=0.001)
    assert ((answers >= 0) & (answers < ANSWERS)).all()
    single = asked < 8
    hit = answers[single] == law.argmax(axis=1)[asked[single]][:, None]
    assert hit.mean() == pytest.approx(0.93, abs=5 * np.sqrt(0.93 * 0.07 / hit.size))
    several = (asked >= 8) & (asked < 16)
    assert (np.take_along_axis(law[asked[several]], answers[several], axis=1) > 0).all()
    assert learnt[0].tolist() == [False, True, True, True]


def test_swayed_shows_the_answers_likeliest_first() -> None:
    world = swayed(0, steps=3, batch=16, ids=SMALL)
    assert len(world.asked) == len(world.wrong) == 24
    for ways in world.asked:
        assert len(ways) == 1 + ANSWERS
        logp = np.array([s.logprobs[0] for s in ways[0].samples])
        order = [int(e.prompt.rpartition("w")[2]) for e in ways[1:]]
        assert (np.diff(logp[order]) <= 0).all()
        assert ways[0].answer.text == f"w{logp.argmax()}"
        assert np.exp(logp).sum() < 1


@pytest.mark.slow
def test_the_trained_model_knows_copies_and_guesses() -> None:
    """Known questions are answered rightly, unknown ones hardly ever, and there it copies."""
    world = swayed(0)
    assert world.wrong[world.kind != 2].mean() < 0.05
    assert world.wrong[world.kind == 2].mean() > 0.6
    copied = [
        float(np.exp(e.samples[int(e.prompt.rpartition("w")[2])].logprobs[0]))
        for ways, kind in zip(world.asked, world.kind, strict=True)
        for e in ways[1:]
        if kind == 2
    ]
    assert np.mean(copied) > 0.5


def test_opened_answers_and_their_continuations() -> None:
    """Each of three positions has four other tokens; what stood before them stays."""
    world = opened(0, steps=5, batch=16, topics=3, names=4)
    assert len(world.evidence) == len(world.regenerated) == 24
    for first, rest in zip(world.evidence, world.regenerated, strict=True):
        ids = first.answer.top.ids
        assert ids.shape == (LENGTH, TOP)
        assert first.answer.tokens == tuple(f"t{i}" for i in ids[:, 0])
        assert set(rest) == {(t, i) for t in range(LENGTH) for i in ids[t, 1:].tolist()}
        for (t, token), e in rest.items():
            assert len(e.answer.tokens) == LENGTH
            assert e.answer.tokens[:t] == first.answer.tokens[:t]
            assert e.answer.tokens[t] == f"t{token}"
            same = e.answer.tokens[1] == first.answer.tokens[1]
            assert (np.asarray(e.embeddings) @ np.asarray(first.embeddings).T).item() == same


@pytest.mark.slow
def test_opened_doubts_the_opening_always_and_the_value_where_it_does_not_know() -> None:
    """The coin of .7 has entropy .611; known values have little."""
    world = opened(0)
    entropies = np.array([e.answer.entropies for e in world.evidence])
    assert entropies[:, 0] == pytest.approx(np.full(len(entropies), 0.611), abs=0.1)
    assert entropies[world.wrong, 1].mean() > entropies[~world.wrong, 1].mean() + 0.3
    assert entropies[:, 2].max() < 0.1
