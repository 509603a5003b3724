"""What a local model says of its own answer when that answer goes on [kadavath2022, tian2023].

The model writes the line itself, after its answer, instead of being asked by the user in a next
turn: a third of the tokens, and no worse where it was measured (SmolLM2, facts).
"""

from collections.abc import Sequence

import numpy as np
import torch

from dubito.models.decoding import Decoder
from dubito.models.jobs import Job, Trace
from dubito.models.rows import joined
from dubito.models.told import Told, read_on

STATED_TOKENS = 5  # enough for "99.9%"


@torch.inference_mode()
def p_true(
    decoder: Decoder, told: Sequence[Told], line: list[int], words: tuple[list[int], list[int]]
) -> list[float | None]:
    """P(True) / (P(True) + P(False)) after the line, in [0, 1], by prompt.

    `words` are the tokens that write True and those that write False; None where a word has none.
    """
    true, false = words
    if not true or not false:
        return [None] * len(told)
    ids = [read_on(t.answer, line, decoder.stop) for t in told]
    found: list[float | None] = [None] * len(told)
    for length in {len(i) for i in ids}:
        rows = [r for r, i in enumerate(ids) if len(i) == length]
        cache = joined([told[r].past for r in rows])
        _, logits = decoder.prefill([ids[r] for r in rows], cache)
        yes, no = (logits[:, some].float().logsumexp(dim=-1) for some in (true, false))
        for r, share in zip(rows, torch.sigmoid(yes - no).tolist(), strict=True):
            found[r] = share
    return found


def how_sure(answer: Trace, line: list[int], *, stop: frozenset[int], last: frozenset[int]) -> Job:
    """Up to five greedy tokens after the line; one of `last`, such as a percent sign, ends them."""
    greedy = np.full((1, STATED_TOKENS), -1, dtype=np.float32)
    return Job(read_on(answer, line, stop), greedy, past=answer.past, last=last)
