"""From token ids back to text, with the characters that each token covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dubito.evidence import Integers


@dataclass(frozen=True, slots=True)
class Spelling:
    """The written form of T tokens; special tokens (the end) cover no characters."""

    text: str
    tokens: tuple[str, ...]
    offsets: Integers  # [T, 2]


def spell(tokenizer: Any, ids: Sequence[int]) -> Spelling:
    """Text, token strings and offsets of ids.

    A character whose bytes are spread over several tokens belongs to the last of them.
    """
    special = set(tokenizer.all_special_ids)
    ends, end = [], 0
    for t, token in enumerate(ids):
        if token not in special:
            prefix = tokenizer.decode(ids[: t + 1], skip_special_tokens=True)
            end = max(end, len(prefix.rstrip("\N{REPLACEMENT CHARACTER}")))
        ends.append(end)
    text = tokenizer.decode(ids, skip_special_tokens=True)
    if ends and text:  # bytes that never became a character are shown as they are
        ordinary = [t for t, token in enumerate(ids) if token not in special]
        ends[ordinary[-1] :] = [len(text)] * (len(ids) - ordinary[-1])
    offsets = np.array([[0, *ends[:-1]], ends], dtype=np.int32).T.reshape(-1, 2)
    names = [
        tokenizer.decode([token]) if token in special else text[a:b]
        for token, (a, b) in zip(ids, offsets, strict=True)
    ]
    return Spelling(text, tuple(names), offsets)


def without_end(spelling: Spelling) -> Spelling:
    """The same without what its last token, which ended it, wrote from a new line on.

    An end token covers no characters; a model without turns ends with a token like ".\\n", of
    which the full stop is the answer's and the new line is not.
    """
    start, end = spelling.offsets[-1].tolist()
    last, line, _ = spelling.text[start:end].partition("\n")
    if not line:
        return spelling
    text = spelling.text[:start] + last
    offsets = spelling.offsets.clip(max=len(text))
    return Spelling(text, (*spelling.tokens[:-1], last or "\n"), offsets)
