"""What asked-again methods do with a model in this process: go on from ids, read out layers."""

import numpy as np
import torch

from dubito.estimate.asked.forking_paths import ForkingPaths
from dubito.estimate.asked.layer_trace import read_out
from dubito.estimate.asked.local_continuations import LocalContinuations
from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.local import LocalModel
from models.tiny import foreseen


def going_on(local: LocalModel) -> LocalContinuations:
    return LocalContinuations(local, "Is it so?", samples=6, generation=Generation(max_tokens=5))


def test_continuations_begin_with_what_was_begun(local: LocalModel) -> None:
    """They differ, repeat with the seed whatever runs beside, and an ended answer stays ended."""
    a, b = (local.tokenizer.convert_tokens_to_ids(c) for c in "ab")
    begun = [(a,), (a, b), (a, next(iter(local.stop)))]
    texts = going_on(local)(begun)
    assert [len(t) for t in texts] == [6, 6, 6]
    assert all(t.startswith("a") for t in texts[0])
    assert all(t.startswith("ab") for t in texts[1])
    assert len(set(texts[0])) > 1
    assert len(set(texts[2])) == 1
    assert going_on(local)(begun) == texts
    assert going_on(local)(begun[1:2]) == texts[1:2]


def test_no_row_is_greedy(local: LocalModel) -> None:
    """Draws of 40 single next tokens are as the model's own probabilities: 5 sd at most away."""
    a = local.tokenizer.convert_tokens_to_ids("a")
    go_on = LocalContinuations(local, "?", samples=400, generation=Generation(max_tokens=1))
    ids = local.chat.ids(go_on.generation.ask("?"))
    p = np.exp(foreseen(local.model, [*ids, a], [0])[0])
    best = int(p.argmax())
    text = go_on.text([a, best])
    share = np.mean([t == text for t in go_on([(a,)])[0]])
    others = [i for i in range(len(p)) if go_on.text([a, i]) == text]
    expected = p[others].sum()
    assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / 400)


def test_exploration_of_a_real_answer(local: LocalModel) -> None:
    ((_, seen),) = local.generate(["Is it so?"], ForkingPaths().plan, Generation(max_tokens=4))
    explorer = ForkingPaths(threshold=0.02)
    forks = explorer.explore(seen.answer, going_on(local), lambda text: "e" in text, 2)
    assert len(forks) == len(seen.answer.tokens)
    assert max(len(f.probability) for f in forks) > 1
    assert 0 <= explorer(forks).doubt <= 1


def test_the_last_layer_reads_what_the_model_says(local: LocalModel) -> None:
    """Depth 1 through final norm and unembedding gives the logits of the model itself."""
    plan = Plan(hidden=(0.0, 0.5, 1.0))
    generation = Generation(max_tokens=2, instruction="")
    ((_, seen),) = local.generate(["Is it so?"], plan, generation)
    assert seen.answer.hidden is not None
    labels = [40, 41, 99]

    def norm(states: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return local.model.model.norm(torch.tensor(states, dtype=torch.float32)).numpy()

    rows = local.model.lm_head.weight.detach().numpy()[labels]
    logits = read_out(seen.answer.hidden, norm, rows)
    assert logits.shape == (3, 3)
    logp = foreseen(local.model, local.chat.ids("Is it so?"), [0])[0, labels]
    np.testing.assert_allclose(logits[-1] - logits[-1].mean(), logp - logp.mean(), atol=1e-4)
