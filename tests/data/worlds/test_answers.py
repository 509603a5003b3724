import math

import numpy as np
import pytest

from dubito.data.worlds.answers import Answering, Judge, wordings
from dubito.data.worlds.best_of_n import candidates
from dubito.data.worlds.key_token import key_token, one_doubtful_token
from dubito.data.worlds.responses import responses
from dubito.data.worlds.spread import ambiguous, even_spread
from dubito.data.worlds.two_hop import two_hops
from dubito.evidence import Evidence

CERTAIN = Judge(within=(1e6, 1.0), across=(1.0, 1e6), neutral=(0.0, 1e-9))


def meanings(evidence: Evidence) -> list[str]:
    """The word that only a meaning has, of the answer and the samples."""
    return [s.tokens[0] for s in (evidence.answer, *evidence.samples)]


def check_shape(evidence: Evidence) -> None:
    """Matrices in range and as large as the answers, diagonals right, embeddings of length 1."""
    n = 1 + len(evidence.samples)
    for matrix, diagonal in ((evidence.entailment, 1), (evidence.contradiction, 0)):
        assert matrix is not None
        assert matrix.shape == (n, n)
        assert ((matrix >= 0) & (matrix <= 1)).all()
        assert (matrix.diagonal() == diagonal).all()
    assert (np.asarray(evidence.entailment) + evidence.contradiction <= 1 + 1e-12).all()
    assert np.linalg.norm(np.asarray(evidence.embeddings), axis=1) == pytest.approx(1)


def test_evidence_of_every_world_is_well_formed() -> None:
    worlds = [wordings(0, questions=3), key_token(0, questions=3), responses(0, prompts=2)]
    everything = [e for w in worlds for e in w.evidence]
    everything += [e for row in two_hops(0, questions=2).evidence for e in row]
    for evidence in everything:
        check_shape(evidence)


def test_equal_texts_are_equal_in_everything() -> None:
    world = wordings(0, questions=50, forms=2)
    checked = 0
    for e in world.evidence:
        said = [e.answer, *e.samples]
        for i, one in enumerate(said):
            for j, other in enumerate(said):
                if one.text == other.text:
                    assert one.logprobs.tolist() == other.logprobs.tolist()
                    assert e.entailment[i, j] == 1
                    assert e.contradiction[i, j] == 0
                    assert e.embeddings[i].tolist() == e.embeddings[j].tolist()
                    checked += i != j
    assert checked > 100


def test_log_probabilities_are_those_of_the_planted_law() -> None:
    """The answer is the most likely string, and its tokens multiply to its probability."""
    world = wordings(0, questions=20)
    for e, a in zip(world.evidence, world.answering, strict=True):
        assert a.strings().sum() == pytest.approx(1)
        assert math.exp(e.answer.logprobs.sum()) == pytest.approx(a.strings().max())


def test_greedy_answers_are_wrong_where_they_are_not_meaning_0() -> None:
    world = wordings(1, questions=100)
    said = [meanings(e)[0] != "m0a" for e in world.evidence]
    assert world.wrong.tolist() == said
    assert 10 < world.wrong.sum() < 60


def test_drawn_answers_are_wrong_as_often_as_knowledge_lacks() -> None:
    world = wordings(2, questions=1500, greedy=False, forms=1)
    c = world.knowledge
    error = math.sqrt((c * (1 - c)).sum()) / len(c)
    assert abs(world.wrong.mean() - (1 - c).mean()) < 5 * error


def test_samples_follow_knowledge() -> None:
    world = wordings(3, questions=800, forms=3)
    share = np.array([np.mean([m == "m0a" for m in meanings(e)[1:]]) for e in world.evidence])
    c = world.knowledge
    error = math.sqrt((c * (1 - c) / 10).sum()) / len(c)
    assert abs(share.mean() - c.mean()) < 5 * error
    assert np.corrcoef(share, c)[0, 1] > 0.85


def test_a_certain_judge_reads_meanings_and_nothing_else() -> None:
    for e in wordings(0, questions=20, judge=CERTAIN).evidence:
        said = np.array(meanings(e))
        same = (said[:, None] == said).astype(float)
        assert np.asarray(e.entailment) == pytest.approx(same, abs=1e-3)
        assert np.asarray(e.contradiction) == pytest.approx(1 - same, abs=1e-3)


def test_a_judges_noise_has_the_stated_means() -> None:
    """Beta(18, 2) has mean .9, Beta(2, 12) across 1/7; of 6/7 a share of 1 - .35 contradicts."""
    e, c = Judge().read(np.arange(400) % 2, np.random.default_rng(0))
    same = (np.arange(400)[:, None] - np.arange(400)) % 2 == 0
    off = ~np.eye(400, dtype=bool)
    assert e[same & off].mean() == pytest.approx(0.9, abs=0.002)
    assert e[~same].mean() == pytest.approx(1 / 7, abs=0.002)
    assert c[~same].mean() == pytest.approx(6 / 7 * 0.65, abs=0.003)
    assert abs(np.corrcoef(e[off], e.T[off])[0, 1]) < 0.99  # directions are drawn apart


def test_embeddings_are_near_within_a_meaning() -> None:
    """cos = 1.25 / (1.25 + .16) = .887 within and .25 / 1.41 = .177 across, on average."""
    rng = np.random.default_rng(0)
    within, across = [], []
    for _ in range(300):
        rows = Judge().embed(np.array([0, 0, 1]), rng)
        within.append(rows[0] @ rows[1])
        across.append(rows[0] @ rows[2])
    assert np.mean(within) == pytest.approx(0.887, abs=0.01)
    assert np.mean(across) == pytest.approx(0.177, abs=0.015)


def test_an_answering_reads_its_strings_by_meaning_first() -> None:
    a = Answering(np.array([0.75, 0.25]), np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert a.strings().tolist() == [0.375, 0.375, 0.25, 0.0]


def test_key_tokens_carry_the_answer_and_fillers_do_not() -> None:
    world = key_token(0, questions=300)
    surprise, filler = [], []
    for e in world.evidence:
        key = int(np.argmax(e.answer.relevance))
        assert e.answer.tokens[key].startswith("a")
        assert 4 <= len(e.answer.tokens) <= 13
        surprise.append(-e.answer.logprobs[key])
        filler.append(-np.delete(e.answer.logprobs, key).mean())
    wrong = world.wrong
    assert np.mean(np.array(surprise)[wrong]) > np.mean(np.array(surprise)[~wrong]) + 0.5
    assert abs(np.mean(np.array(filler)[wrong]) - np.mean(np.array(filler)[~wrong])) < 0.25
    assert [
        e.answer.tokens[int(np.argmax(e.answer.relevance))] != "a0" for e in world.evidence
    ] == (wrong.tolist())


def test_one_token_decides_and_lengths_do_not() -> None:
    world = one_doubtful_token(0, questions=2000)
    p = np.array([math.exp(min(e.answer.logprobs)) for e in world.evidence])
    length = np.array([len(e.answer.tokens) for e in world.evidence])
    assert set(length) == set(range(2, 12))  # 1 to 10 tokens and the end
    error = math.sqrt((p * (1 - p)).sum()) / len(p)
    assert abs((~world.wrong).mean() - p.mean()) < 5 * error + 0.01
    assert abs(np.corrcoef(length, world.wrong)[0, 1]) < 0.1


def test_responses_of_a_prompt_share_their_samples_and_one_truth() -> None:
    world = responses(0, prompts=20)
    for prompt in range(20):
        rows = np.flatnonzero(world.prompt == prompt)
        assert len(rows) == 10
        group = [world.evidence[r] for r in rows]
        assert all(e.samples == group[0].samples for e in group)
        assert [e.answer for e in group] == list(group[0].samples)
        right = {
            e.answer.text.split("m")[1][0]
            for e, r in zip(group, rows, strict=True)
            if not world.wrong[r]
        }
        assert len(right) <= 1
        for j, e in enumerate(group):
            assert e.entailment[0, 1 + j] == 1  # a response is itself
            assert (e.entailment[0, 1:] == e.entailment[1 + j, 1:]).all()


def test_best_of_n_is_right_exactly_without_an_error() -> None:
    """Mean over e ~ U(.02, .35) of (1 - e)^8 = ((.98^9 - .65^9) / 9) / .33 = .273738."""
    world = candidates(0, questions=600)
    assert ((world.value == 0) == world.right).all()
    exact = (0.98**9 - 0.65**9) / 9 / 0.33
    by_question = world.right.mean(axis=1)
    assert abs(by_question.mean() - exact) < 5 * by_question.std() / math.sqrt(600)


def test_errors_make_flatter_distributions() -> None:
    world = candidates(1, questions=50)
    entropy = np.array([[e.answer.entropies.mean() for e in row] for row in world.evidence])
    assert entropy[~world.right].mean() > entropy[world.right].mean() + 0.2


def test_shuffled_candidates_keep_their_values_and_the_share_of_right_ones() -> None:
    world = candidates(0, questions=20)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.right.sum() == world.right.sum()
    assert (mixed.value == world.value).all()
    assert (mixed.right != world.right).any()


def test_hops_are_known_and_found_as_stated() -> None:
    """Known half the time; right alone .5 * (.95 + .05 / 20) + .5 / 20; retrieved .95 + .05 / 4."""
    world = two_hops(0, questions=4000)
    n = 5 / math.sqrt(8000)
    assert abs(world.known.mean() - 0.5) < 0.5 * n
    assert abs(world.right_alone.mean() - (0.5 * 0.9525 + 0.5 * 0.05)) < 0.5 * n
    assert abs(world.right_retrieved.mean() - 0.9625) < 0.2 * n


def test_shuffled_hops_move_together() -> None:
    world = two_hops(0, questions=200)
    mixed = world.shuffled(np.random.default_rng(0))
    assert (mixed.known != world.known).any()
    for first, second in ((world.known, world.right_alone), (world.known, world.right_retrieved)):
        moved = mixed.right_alone if second is world.right_alone else mixed.right_retrieved
        assert (first & second).sum() == (mixed.known & moved).sum()


def test_ambiguous_items_spread_further() -> None:
    world = ambiguous(0, items=60)
    spread = np.array([1 - (e.embeddings[1:] @ e.embeddings[1:].T).mean() for e in world.evidence])
    assert spread[world.wrong].min() > spread[~world.wrong].max()


def test_even_spread_has_one_mean_cosine_and_two_shapes() -> None:
    world = even_spread(0, items=40)
    cosine, rank = [], []
    for e in world.evidence:
        texts = e.embeddings[1:]
        cosine.append((texts @ texts.T).mean())
        rank.append((np.linalg.svd(texts, compute_uv=False) > 0.5).sum())
    cosine, rank = np.array(cosine), np.array(rank)
    assert abs(cosine[world.wrong].mean() - cosine[~world.wrong].mean()) < 1e-3
    assert set(rank[world.wrong]) == {5}
    assert set(rank[~world.wrong]) == {2}


@pytest.mark.parametrize("make", [wordings, key_token, one_doubtful_token, even_spread, ambiguous])
def test_same_seed_same_world(make: object) -> None:
    first, second = make(7), make(7)
    assert first.wrong.tolist() == second.wrong.tolist()
    assert first.evidence[3].answer.text == second.evidence[3].answer.text
