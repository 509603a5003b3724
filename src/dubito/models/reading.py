"""A teacher-forced pass over text that is there already."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import PreTrainedModel

from dubito.models.jobs import Trace
from dubito.models.statistics import observe


@torch.inference_mode()
def read_tokens(
    model: PreTrainedModel, prompt: list[int], answers: Sequence[list[int]]
) -> list[Trace]:
    """What the model thinks at each token of each answer to one prompt."""
    traces = []
    for answer in answers:
        ids = torch.tensor([prompt + answer], device=model.device)
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=len(answer) + 1).logits
        seen = observe(logits[0, :-1], ids[0, len(prompt) :])  # the last foresees what is not there
        numbers = (seen.logprobs, seen.entropies, seen.uniform_kl, seen.uniform_renyi)
        arrays = [n.cpu().numpy() for n in numbers if n is not None]
        traces.append(Trace(np.array(answer), *arrays, top=None, past=None))
    return traces
