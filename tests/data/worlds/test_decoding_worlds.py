"""Worlds for decoding: what their prompts and answers say holds, and they are learnt from."""

import numpy as np
import pytest

from dubito.data.worlds.behaviours import (
    DIGITS,
    EQUALS,
    LETTERS,
    PLUS,
    STRINGS,
    SUMS,
    TASKS,
    Training,
    behaviours,
    corpus,
)
from dubito.data.worlds.contradicted import (
    ASK,
    KINDS,
    KNOWN,
    NOVEL,
    PAIRS,
    Facts,
    a_value,
    answerable,
    asked,
    conflict_prompts,
    contradicted,
    lessons,
    looks,
)

RNG = np.random.default_rng(0)


def facts(trust: float) -> Facts:
    rng = np.random.default_rng(3)
    return Facts(a_value(rng, np.arange(KNOWN) % KINDS), np.full(KNOWN, trust))


def test_a_context_has_pairs_of_four_kinds() -> None:
    """Each value after a key of its kind; the asked key's own value where there is one."""
    keys = RNG.integers(KNOWN + NOVEL, size=500)
    for held, (prompts, _) in ((False, asked(RNG, keys)), (True, answerable(RNG, keys))):
        names, values = prompts[:, 0 : 2 * PAIRS : 2], prompts[:, 1 : 2 * PAIRS : 2]
        assert (names < KNOWN + NOVEL).all()
        assert ((values >= KNOWN + NOVEL) & (values < ASK)).all()
        assert ((values - KNOWN - NOVEL) % KINDS == names % KINDS).all()
        assert all(len(set(row)) == PAIRS for row in names % KINDS)
        assert (prompts[:, -2] == ASK).all()
        assert (prompts[:, -1] == keys).all()
        assert ((names % KINDS == keys[:, None] % KINDS).sum(axis=1) == held).all()
        assert ((names == keys[:, None]).sum(axis=1) == held).all()


def test_the_truth_of_a_conflict_stands_behind_its_key() -> None:
    known = facts(0.5)
    prompts, truth = conflict_prompts(known, RNG, 300)
    assert prompts.shape == (300, 2 * PAIRS + 2)
    place = (prompts[:, : 2 * PAIRS : 2] == prompts[:, -1:]).argmax(axis=1)
    assert (prompts[np.arange(300), 2 * place + 1] == truth).all()
    assert (truth != known.value[prompts[:, -1]]).all()


@pytest.mark.parametrize(("trust", "followed"), [(0.0, 0), (1.0, 1)])
def test_lessons_follow_context_or_memory(trust: float, followed: int) -> None:
    """Without trust memory answers for known keys; with all of it the context, where it can."""
    known, stream = facts(trust), lessons(facts(trust), np.random.default_rng(1), 200)
    alone, alone_learnt = (t.numpy() for t in next(stream))
    assert alone.shape == (1200, 3)  # 6 of 10 sequences: 1,200 for 4 batches of 200
    assert (alone[:, 2] == known.value[alone[:, 1]]).all()
    tokens, learnt = (t.numpy() for t in next(stream))
    assert learnt[:, -1].all()
    assert learnt.sum() == 200
    assert alone_learnt.sum() == 1200
    keys, said = tokens[:, -2], tokens[:, -1]
    held = (tokens[:, : 2 * PAIRS : 2] == keys[:, None]).any(axis=1)
    shown = (tokens[:, 1 : 2 * PAIRS : 2] == said[:, None]).any(axis=1)
    novel = keys >= KNOWN
    assert held[novel].all()
    assert shown[novel].all()
    remembered = said[~novel] == known.value[keys[~novel]]
    assert remembered[~held[~novel]].all()
    assert 0.1 < (~held[~novel]).mean() < 0.4  # a quarter
    if followed:
        assert shown[held].all()
    else:
        assert remembered.all()


def test_a_contradicted_model_can_look_up() -> None:
    world = contradicted(0, prompts=50, learnt=60, steps=120)
    logits, attention = looks(world.model, world.novel)
    assert logits.shape == (60, ASK + 1)
    assert attention.shape == (60, 8, 2 * PAIRS + 2)
    np.testing.assert_allclose(attention.sum(axis=-1), 1, atol=1e-5)
    assert (logits.argmax(axis=1) == world.novel_truth).mean() > 0.6  # by chance 1 in 4
    other = world.shuffled(np.random.default_rng(0))
    assert sorted(other.truth) == sorted(world.truth)
    assert (other.truth != world.truth).any()


def test_wanted_ways() -> None:
    """3 1 4 1 backwards, 7 + 5 = 12."""
    assert STRINGS.prompt(np.array([[3, 1, 4, 1]])).tolist() == [[3, 1, 4, 1, EQUALS]]
    assert STRINGS.ways[0](np.array([[3, 1, 4, 1]])).tolist() == [[1, 4, 1, 3]]
    assert STRINGS.ways[2](np.array([[3, 1, 4, 5]])).tolist() == [[5, 3, 1, 4]]
    digit = LETTERS + np.arange(DIGITS)
    prompt = SUMS.prompt(np.array([[7, 5]]))
    assert prompt.tolist() == [[digit[7], PLUS, digit[5], EQUALS]]
    for way, said in zip(SUMS.ways, ([1, 2], [7, 5], [3, 5]), strict=True):
        assert way(np.array([[7, 5]])).tolist() == [digit[said].tolist()]


def test_a_corpus_has_all_ways_and_tuning_one() -> None:
    def share(tasks) -> float:
        tokens, learnt = next(corpus(tasks, np.random.default_rng(0), 4000))
        assert learnt.sum() == 4 * 4000
        strings = tokens.numpy()
        return (strings[:, 5:] == strings[:, 3::-1]).all(axis=1).mean()

    assert share((STRINGS,)) == 1
    # a quarter, and palindromes and turned ones that read the same, 1 in 64 and 1 in 512
    assert share(TASKS) == pytest.approx(0.25 + 0.5 / 64 + 0.25 / 512, abs=0.03)


def test_behaviours_are_reproducible_and_shuffled() -> None:
    brief = Training(large=3, small=3, tuned=2, batch=8)
    one, other = (behaviours(5, prompts=20, training=brief) for _ in range(2))
    for a, b in zip(one.prompts, other.prompts, strict=True):
        assert a.tolist() == b.tolist()
    assert one.experts[1](one.prompts[1]).tolist() == other.experts[1](one.prompts[1]).tolist()
    assert one.experts[0](one.prompts[0]).tolist() != one.small(one.prompts[0]).tolist()
    numbers = one.prompts[1].numpy() - LETTERS
    tens, units = (one.truth[1].numpy() - LETTERS).T
    assert (10 * tens + units == numbers[:, 0] + numbers[:, 2]).all()
    mixed = one.shuffled(np.random.default_rng(0))
    for a, b in zip(one.truth, mixed.truth, strict=True):
        assert sorted(a.tolist()) == sorted(b.tolist())
        assert a.tolist() != b.tolist()
