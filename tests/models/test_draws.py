"""What is drawn follows the model's own distribution: counted, against exact shares."""

import numpy as np
import pytest
from scipy.stats import chisquare
from transformers import PreTrainedModel

from dubito.models.decoding import Decoder
from dubito.models.jobs import Job
from dubito.models.sampling import draws_for
from models.tiny import decoded, foreseen, random_prompts, tiny_model

V = 300
STOP = frozenset(range(0, V, 12))


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return tiny_model(V)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_samples_follow_the_distribution(model: PreTrainedModel, temperature: float) -> None:
    """Counts of 4000 first tokens against the exact shares; log-probs stay at temperature 1."""
    (prompt,) = random_prompts([9])
    draws = draws_for("any", samples=4000, length=1, seed=1)
    traces = decoded(Decoder(model, STOP, temperature=temperature), [Job(prompt, draws)])
    logp = foreseen(model, prompt, [0])[0]
    ids = np.array([traces[0, k].ids[0] for k in range(1, 4001)])
    assert_drawn_from(np.exp(logp / temperature), np.bincount(ids, minlength=V))
    said = np.array([traces[0, k].logprobs[0] for k in range(1, 4001)])
    np.testing.assert_allclose(said, logp[ids], atol=1e-4)


def test_second_tokens_follow_their_own_distribution(model: PreTrainedModel) -> None:
    """Of 3000 answers those with the commonest beginning: a fresh draw decides how they go on."""
    (prompt,) = random_prompts([9])
    draws = draws_for("any", samples=3000, length=2, seed=2)
    traces = decoded(Decoder(model, frozenset(), rows=3001), [Job(prompt, draws)])
    pairs = np.array([traces[0, k].ids for k in range(1, 3001)])
    first = int(np.bincount(pairs[:, 0]).argmax())
    second = pairs[pairs[:, 0] == first, 1]
    share = np.exp(foreseen(model, prompt, [first, 0])[1])
    assert_drawn_from(share, np.bincount(second, minlength=V))


def assert_drawn_from(share: np.ndarray, counts: np.ndarray) -> None:
    """Chi-square of counts [V] against shares [V]; what is rarer than 5 counts as one."""
    expected = share / share.sum() * counts.sum()
    likely = expected >= 5
    assert likely.sum() >= 5
    observed = [*counts[likely], counts[~likely].sum()]
    assert chisquare(observed, [*expected[likely], expected[~likely].sum()]).pvalue > 1e-4
