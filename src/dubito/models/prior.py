"""How likely an answer is when no question was asked: the language prior."""

from collections.abc import Sequence

import numpy as np
import torch

from dubito.evidence import Floats
from dubito.models.decoding import Decoder
from dubito.models.statistics import observe

GROUP = 8  # answers read side by side
TOKENS = 256  # read in one pass, so that their logits stay small


@torch.inference_mode()
def unconditional(decoder: Decoder, empty: list[int], answers: Sequence[list[int]]) -> list[Floats]:
    """[T] log p(token | prefix) of each answer after an empty question's ids, nats.

    The empty question is read once; its cache is shared by all answers, padded at the right.
    """
    cache, first = decoder.prefill([empty])
    found: dict[int, Floats] = {}
    order = sorted(range(len(answers)), key=lambda i: len(answers[i]))
    for start in range(0, len(order), GROUP):
        group = order[start : start + GROUP]
        rows, width = len(group), max(len(answers[i]) for i in group)
        ids = torch.tensor([answers[i] + [0] * (width - len(answers[i])) for i in group])
        lengths = torch.tensor([len(answers[i]) for i in group])
        ids, lengths = ids.to(first.device), lengths.to(first.device)
        past, foreseen = cache.select(torch.zeros(rows, dtype=torch.long)), first.expand(rows, -1)
        parts = []
        for at in range(0, width, TOKENS // GROUP):
            tokens = ids[:, at : at + TOKENS // GROUP]  # [R, W]
            fresh = torch.arange(at, at + tokens.shape[1], device=ids.device) < lengths[:, None]
            logits = decoder.forward(tokens, past, fresh, keep=0)  # [R, W, V]
            before = torch.cat([foreseen[:, None], logits[:, :-1]], dim=1)
            seen = observe(before.flatten(0, 1), tokens.flatten(), full=False)
            parts.append(seen.logprobs.view_as(tokens).cpu().numpy())
            foreseen = logits[:, -1]
        logprobs = np.concatenate(parts, axis=1)
        found |= {i: logprobs[row, : len(answers[i])] for row, i in enumerate(group)}
    return [found[i] for i in range(len(answers))]
