"""Answers that go on greedily after one of their tokens was replaced."""

from collections.abc import Sequence

import numpy as np

from dubito.evidence import Evidence
from dubito.evidence import Sequence as Answer
from dubito.models.base import Generation
from dubito.models.decoding import Decoder
from dubito.models.jobs import Job
from dubito.models.local import LocalModel
from dubito.models.sampling import GREEDY
from dubito.models.spelling import spell, without_end


def regenerate(
    model: LocalModel,
    prompt: str,
    beginnings: Sequence[Sequence[int]],
    generation: Generation | None = None,
) -> list[Evidence]:
    """Each beginning, a list of token ids, with the model's greedy rest: texts alone, in order.

    The whole answer has at most `max_tokens` tokens, so a beginning of that length, or one that
    ends with an end token, stays as it is.

    Raises:
        ValueError: an empty beginning, or one with an id that is none (of a server's answer).
    """
    generation = generation or Generation()
    for ids in beginnings:
        if not ids or min(ids) < 0:
            raise ValueError(f"a beginning needs token ids from 0 up, got {list(ids)}")
    asked = model.chat.ids(generation.ask(prompt))
    open_ended = [
        i
        for i, ids in enumerate(beginnings)
        if ids[-1] not in model.stop and len(ids) < generation.max_tokens
    ]
    jobs = [
        Job(
            asked + list(beginnings[i]),
            np.full((1, generation.max_tokens - len(beginnings[i])), GREEDY, dtype=np.float32),
        )
        for i in open_ended
    ]
    whole = [list(ids) for ids in beginnings]
    for job, _, trace in Decoder(model.model, model.stop, rows=model.rows).decode(jobs):
        whole[open_ended[job]] += trace.ids.tolist()
    return [Evidence(prompt, written(model, ids)) for ids in whole]


def written(model: LocalModel, ids: list[int]) -> Answer:
    """The record of these tokens, without what the model thought."""
    spelling = spell(model.tokenizer, ids)
    finished = ids[-1] in model.stop
    if finished:
        spelling = without_end(spelling)
    return Answer(spelling.text, spelling.tokens, spelling.offsets, finished=finished)
