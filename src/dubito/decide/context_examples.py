"""Examples of used and unused tokens, from questions that only a context answers [huang2025]."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dubito.evidence import Floats, Integers
from dubito.maths.context_use import attention_ratios, within_rank


class Steps(NamedTuple):
    """What a model shows before each of the T tokens of an answer that it is given."""

    logits: Floats  # [T, V]
    attention: Floats  # [T, H, P] of all heads, layer by layer, to the prompt


# (token ids of a prompt [P], of an answer [T]) -> what the model shows at the answer's tokens
Reader = Callable[[Sequence[int], Sequence[int]], Steps]


@dataclass(frozen=True, slots=True, eq=False)
class ContextQuestion:
    """Token ids of a question without and with a context, and of its answer."""

    alone: Sequence[int]
    prompt: Sequence[int]  # [P]
    context: NDArray[np.bool_]  # [P]: which of them are the context
    answer: Sequence[int]  # [T]


class Examples(NamedTuple):
    """Rows for a detector."""

    ratios: Floats  # [N, H]
    used: Integers  # [N] 1: the token was said next, 0: it was not
    questions: int  # from how many, of all that were given


def context_examples(
    read: Reader, questions: Iterable[ContextQuestion], *, beyond: int = 10
) -> Examples:
    """Attention ratios of tokens that were said next, and of others of the same context.

    Only questions count that the model gets wrong alone and right with the context, greedily and
    token by token. Unused are tokens of the context that the answer does not hold and that are
    not among the `beyond` likeliest.

    Differs: unused tokens are all those; the authors take the first tokens of named entities and
    the other tokens in two groups, for which they need a tagger.

    Raises:
        ValueError: no question counts.
    """
    rows: list[Floats] = []
    labels: list[int] = []
    counted = 0
    for question in questions:
        if not question.context.any():
            raise ValueError("a question without a context: mark at least one token as context")
        if is_said(read(question.alone, question.answer), question.answer):
            continue
        steps = read(question.prompt, question.answer)
        if is_said(steps, question.answer):
            counted += 1
            for ratios, used in of_question(steps, question, beyond):
                rows.append(ratios)
                labels.append(used)
    if not rows:
        raise ValueError(
            "no question is answered wrongly alone, rightly with its context and by a token of "
            "it; give more questions, or others"
        )
    return Examples(np.stack(rows), np.array(labels), counted)


def is_said(steps: Steps, answer: Sequence[int]) -> bool:
    """Would greedy decoding give just these tokens?"""
    return bool((steps.logits.argmax(axis=-1) == np.asarray(answer)).all())


def of_question(steps: Steps, question: ContextQuestion, beyond: int) -> Iterable[tuple[Any, int]]:
    """(ratios [H], used) of the tokens at each step whose token stands in the context."""
    ids = np.asarray(question.prompt)[question.context]  # [m]
    for logits, attention, said in zip(*steps, question.answer, strict=True):
        found = attention_ratios(attention[:, question.context], ids)
        if said not in found.ids:
            continue
        unused = ~np.isin(found.ids, question.answer)
        unused &= ~within_rank(logits, found.ids, rank=beyond)
        yield found.values[found.ids == said][0], 1
        yield from ((ratios, 0) for ratios in found.values[unused])
