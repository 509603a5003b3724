"""Words stand for the concepts that the edges say, and fillers for none."""

import numpy as np

from dubito.data.worlds.synonym_jobs import CONCEPTS, SYNONYMS, VOCABULARY, synonym_jobs

WORLD = synonym_jobs(0)


def concepts(words: np.ndarray) -> set[int]:
    return {int(w) // SYNONYMS for w in words if w < CONCEPTS * SYNONYMS}


def test_jobs_name_their_three_concepts() -> None:
    for words, edges in ((WORLD.lessons.jobs, WORLD.lessons.edges), (WORLD.fresh, WORLD.relevant)):
        assert words.shape[1] == 8
        assert words.max() < VOCABULARY
        assert (edges.sum(axis=1) == 3).all()
        for row, named in zip(words, edges, strict=True):
            assert concepts(row) == set(np.flatnonzero(named))


def test_skills_name_their_own() -> None:
    for concept in range(CONCEPTS):
        for words in (*WORLD.lessons.skills[concept], WORLD.asked[concept]):
            assert concepts(words) == {concept}


def test_all_words_occur_and_no_place_tells() -> None:
    assert set(np.unique(WORLD.lessons.skills)) == set(range(VOCABULARY))
    named = WORLD.lessons.jobs < CONCEPTS * SYNONYMS
    assert (abs(named.mean(axis=0) - 3 / 8) < 5 * np.sqrt(15 / 64 / 200)).all()


def test_shuffled_and_seeded() -> None:
    null = WORLD.shuffled(np.random.default_rng(0))
    assert null.lessons is WORLD.lessons
    assert (null.relevant.sum(axis=0) == WORLD.relevant.sum(axis=0)).all()
    assert (null.relevant & WORLD.relevant).sum() < 60
    np.testing.assert_array_equal(synonym_jobs(0).asked, WORLD.asked)
    assert not np.array_equal(synonym_jobs(1).asked, WORLD.asked)
