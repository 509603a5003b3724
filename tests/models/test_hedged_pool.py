"""The pool of `MinimumBayesRisk` as a model of this process draws it."""

from tiny import tiny_local, tiny_tokenizer

from dubito.decide import MinimumBayesRisk
from dubito.estimate.similarity import JACCARD, texts
from dubito.models.base import Generation
from dubito.models.collect import Collector

RULE = MinimumBayesRisk(4, similarity=JACCARD)
PROMPTS = ["Where is Lima?", "What is 3 + 4?"]


def pools(temperature: float) -> list[list[str]]:
    generation = Generation(max_tokens=8, temperature=temperature, seed=3)
    collect = Collector(tiny_local(tiny_tokenizer()))
    return [texts(e) for e in collect(PROMPTS, RULE.plan, generation)]


def test_temperature_to_0_makes_copies_of_the_greedy_answer() -> None:
    for pool in pools(1e-4):
        assert pool == [pool[0]] * 5


def test_the_greedy_answer_is_in_every_pool() -> None:
    cold, hot = pools(1e-4), pools(2.0)
    assert [pool[0] for pool in hot] == [pool[0] for pool in cold]
    assert all(len(set(pool)) > 1 for pool in hot)
