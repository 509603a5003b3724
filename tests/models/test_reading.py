"""Text that is there already: the numbers of generation, without generating."""

import numpy as np
import pytest

from dubito.models.decoding import Decoder
from dubito.models.reading import read_tokens
from models.tiny import FAMILIES, decoded, jobs_of, random_prompts, tiny_model

V = 300
STOP = frozenset(range(0, V, 12))


@pytest.mark.parametrize("family", FAMILIES)
def test_reading_gives_what_generation_gave(family: str | None) -> None:
    """Every row of three prompts, those of one token and those cut at the limit among them."""
    model = tiny_model(V, family=family)
    prompts = random_prompts([1, 30, 8])
    traces = decoded(
        Decoder(model, STOP, rows=4, distribution=True, sample_distributions=True),
        jobs_of(prompts, samples=6, length=12),
    )
    assert {1, 12} < {len(t.ids) for t in traces.values()}
    for job, prompt in enumerate(prompts):
        made = [traces[job, row] for row in range(7)]
        for old, new in zip(
            made, read_tokens(model, prompt, [t.ids.tolist() for t in made]), strict=True
        ):
            np.testing.assert_array_equal(new.ids, old.ids)
            for name in ("logprobs", "entropies", "uniform_kl", "uniform_renyi"):
                np.testing.assert_allclose(
                    getattr(new, name), getattr(old, name), atol=1e-4, err_msg=name
                )
