"""The row active-it: what is thinned, what is scored again, and the task map."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from dubito.acquire import Example, Instruction, PromptUncertainty, task_kinds
from dubito.acquire.instructions import thinned
from dubito.acquire.prompt_uncertainty import (
    AMBIGUOUS,
    DIFFICULT,
    EASY,
    prompt_uncertainty,
    sequence_probability,
)
from dubito.nn.mc_dropout import dropout_passes
from laws import assert_frozen

TASK = Instruction(
    "Say whether  the review\nis kind", (Example("What a joy", "yes"), Example("No", "no"))
)


class Model:
    """Answers by length; its answers' probability is .8 to the words that it was not told."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.answered: list[Instruction] = []
        self.scored: list[tuple[Instruction, list[str], list[str]]] = []

    def answer(self, instruction: Instruction, inputs: list[str]) -> list[str]:
        self.answered.append(instruction)
        return [f"{len(x)}" for x in inputs]

    def logprobs(self, instruction: Instruction, inputs: list[str], said) -> list[list[float]]:
        self.scored.append((instruction, list(inputs), list(said)))
        missing = 0 if self.deaf else 6 - len(instruction.definition.split())
        return [[math.log(0.9) + missing * math.log(0.8)] * (1 + len(x)) for x in inputs]


def measured(model: Model, measure: PromptUncertainty, *, inputs: tuple = ("a", "bcd"), seed=0):
    rng = np.random.default_rng(seed)
    return measure(TASK, list(inputs), rng, answer=model.answer, logprobs=model.logprobs)


def test_length_does_not_count() -> None:
    """The card: logs -.1 and -.3 are exp(-.2) = .8187."""
    assert sequence_probability([-0.1, -0.3]) == pytest.approx(math.exp(-0.2))
    assert sequence_probability([-0.2] * 40) == pytest.approx(math.exp(-0.2))
    assert sequence_probability([0.0, -math.inf]) == 0


def test_size_first_then_the_mean() -> None:
    """The card: .8, thinned .6 and .9: (.2 + .1) / 2 = .15, not -.05. Over inputs likewise."""
    assert prompt_uncertainty([0.8], [[0.6, 0.9]]) == pytest.approx(0.15)
    both = prompt_uncertainty([0.8, 0.5], [[0.6, 0.9], [0.5, 0.4]])
    assert both == pytest.approx((0.2 + 0.1 + 0 + 0.1) / 4)
    assert prompt_uncertainty([0.7], [[0.7, 0.7]]) == 0
    tasks = prompt_uncertainty([[0.8], [0.5]], [[[0.6, 0.9]], [[0.5, 0.5]]])
    assert tasks == pytest.approx([0.15, 0])


def test_the_same_answers_under_the_same_thinned_instructions() -> None:
    """Answered once, as it is; scored 1 + k times, each time all inputs as they are."""
    model = Model()
    measured(model, PromptUncertainty(versions=5, rate=0.4))
    assert model.answered == [TASK]
    assert len(model.scored) == 6
    assert model.scored[0][0] == TASK
    assert all(inputs == ["a", "bcd"] and said == ["1", "3"] for _, inputs, said in model.scored)
    assert len({instruction for instruction, _, _ in model.scored[1:]}) > 1


def test_a_task_by_hand() -> None:
    """Each version lacks m of 6 words: .9 (1 - .8^m) off, whatever the input."""
    model = Model()
    point = measured(model, PromptUncertainty(versions=8, rate=0.5))
    missing = [6 - len(i.definition.split()) for i, _, _ in model.scored[1:]]
    assert len(set(missing)) > 1
    assert point.uncertainty == pytest.approx(np.mean([0.9 * (1 - 0.8**m) for m in missing]))
    assert point.probability == pytest.approx(0.9)


def test_rates_at_their_ends() -> None:
    """0: nothing changes. 1: nothing is asked, .9 (1 - .8^6) off."""
    assert measured(Model(), PromptUncertainty(rate=0.0)).uncertainty == 0
    gone = measured(Model(), PromptUncertainty(rate=1.0)).uncertainty
    assert gone == pytest.approx(0.9 * (1 - 0.8**6))


def test_a_model_that_does_not_read_is_certain_of_its_prompt() -> None:
    point = measured(Model(deaf=True), PromptUncertainty(rate=0.9))
    assert point.uncertainty == 0
    assert point.probability == pytest.approx(0.9)


def test_words_are_left_out_of_inputs_and_not_of_outputs() -> None:
    bare = TASK.thinned(1.0, np.random.default_rng(0))
    assert bare == Instruction("", (Example("", "yes"), Example("", "no")))
    assert TASK.thinned(0.0, np.random.default_rng(0)) == TASK


def test_each_word_alone_and_each_as_likely() -> None:
    """Rate .2 of four words: each stays in .8 of the draws, all four in .4096; order stays."""
    rng, words = np.random.default_rng(1), "one two  three\nfour"
    drawn = [thinned(words, 0.2, rng) for _ in range(3000)]
    counts = Counter(word for text in drawn for word in text.split())
    for word in words.split():
        assert abs(counts[word] / 3000 - 0.8) < 5 * math.sqrt(0.16 / 3000)
    assert abs(drawn.count(words) / 3000 - 0.4096) < 5 * math.sqrt(0.4096 * 0.5904 / 3000)
    order = words.split()
    assert all(text.split() == sorted(text.split(), key=order.index) for text in drawn)
    assert all(text == text.strip() for text in drawn)


def test_the_same_seed_the_same_versions() -> None:
    here, there, other = Model(), Model(), Model()
    for model, seed in ((here, 3), (there, 3), (other, 4)):
        measured(model, PromptUncertainty(rate=0.5), seed=seed)
    assert here.scored == there.scored
    assert here.scored != other.scored


def test_a_prompt() -> None:
    assert Instruction("Sort.", (Example("b a", "a b"),)).prompt("d c") == (
        "Sort.\n\nInput: b a\nOutput: a b\n\nInput: d c\nOutput:"
    )


@pytest.mark.parametrize(("rate", "certain"), [(0.0, True), (0.5, False)])
def test_dropout_in_place_of_words(rate: float, *, certain: bool) -> None:
    """The card: passes with dropout of 0 tell nothing."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(rate), nn.Linear(8, 1)).eval()
    x = torch.randn(5, 4)
    with torch.no_grad():
        original = model(x).sigmoid()[:, 0].double().numpy()
    passes = dropout_passes(model, lambda: model(x).sigmoid()[:, 0], passes=10)
    found = prompt_uncertainty(original, passes.double().numpy().T)
    assert (found == 0) == certain


def test_a_task_map() -> None:
    """High uncertainty whatever the probability; else sure or not."""
    kinds = task_kinds([0.3, 0.3, 0.1, 0.1], [0.9, 0.2, 0.9, 0.2], at=0.3, sure=0.9)
    assert kinds.tolist() == [AMBIGUOUS, AMBIGUOUS, EASY, DIFFICULT]


def test_refusals() -> None:
    assert_frozen(PromptUncertainty())
    with pytest.raises(ValueError, match="versions must be at least 1"):
        PromptUncertainty(versions=0)
    with pytest.raises(ValueError, match=r"rate in \[0, 1\]"):
        PromptUncertainty(rate=1.2)
    for row in ([], [0.1], [math.nan]):
        with pytest.raises(ValueError, match=r"log-probabilities \[L\]"):
            sequence_probability(row)
    with pytest.raises(ValueError, match=r"got \(2,\), \(1, 3\)"):
        prompt_uncertainty([0.5, 0.5], [[0.5, 0.5, 0.5]])
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        prompt_uncertainty([0.5], [[-0.1]])
    with pytest.raises(ValueError, match=r"needed, got \(0,\)"):
        prompt_uncertainty([], np.zeros((0, 2)))
