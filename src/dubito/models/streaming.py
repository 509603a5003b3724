"""An answer token by token, so that whoever reads it can stop before it ends."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from dubito.evidence import Evidence, Plan
from dubito.models.base import Generation
from dubito.models.decoding import Decoder
from dubito.models.jobs import Running, columns
from dubito.models.statistics import step

if TYPE_CHECKING:
    from dubito.models.local import LocalModel

STREAMED = Plan(logprobs=True, distribution=True)  # with any top_k: known as soon as a token is


@torch.inference_mode()
def stream(lm: "LocalModel", prompt: str, plan: Plan, generation: Generation) -> Iterator[Evidence]:
    """The evidence after each token of the greedy answer; stop reading it to stop the model.

    Raises:
        ValueError: an empty prompt, one that does not fit the context, or a plan that asks for
            what is only known at the end.
    """
    if plan | STREAMED != Plan(logprobs=True, distribution=True, top_k=plan.top_k):
        raise ValueError(
            f"{plan} asks for more than the tokens of one answer; what needs samples or a pass "
            "over the whole answer cannot be streamed"
        )
    ids = lm.chat.ids(generation.ask(prompt))
    lm.check_fit(prompt, len(ids), generation.max_tokens)
    decoder = Decoder(lm.model, lm.stop)
    cache, logits = decoder.prefill([ids])
    greedy = np.full(generation.max_tokens, -1, dtype=np.float32)
    row = Running(0, 0, greedy)
    for _ in range(generation.max_tokens):
        seen = step(logits, torch.tensor([-1.0], device=logits.device), full=[0])
        row.numbers += columns(seen)
        if plan.top_k:
            values, tokens = logits[0].float().log_softmax(dim=-1).topk(plan.top_k)
            row.top.append((tokens.cpu(), values.cpu()))
        yield Evidence(prompt, lm.sequence(row.trace(full=True, past=None)))
        if row.numbers[-1][0] in lm.stop:
            return
        one = torch.ones(1, 1, dtype=torch.bool, device=logits.device)
        logits = decoder.forward(seen.chosen[:, None], cache, one)[:, -1]
