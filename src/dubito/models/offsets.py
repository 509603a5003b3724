"""Where tokens stand in a text, when a token may hold a part of a character."""

from collections.abc import Sequence

import numpy as np

from dubito.evidence import Integers


def char_offsets(text: str, tokens: Sequence[bytes]) -> Integers | None:
    """First and last + 1 character of each token, [T, 2]; None: they do not spell the text.

    Spans do not overlap and together cover the text. A character that is spread over several
    tokens belongs to the one that completes it; the others, like the end token, have an empty
    span. Servers strip white space, so the tokens may begin with some that the text lacks.
    """
    spelt, data = b"".join(tokens), text.encode("utf-8", "replace")
    start = spelt.find(data)
    if start < 0 or spelt[:start].strip():
        return None
    ends = np.cumsum([0, *map(len, tokens)]) - start  # [T + 1] bytes into the text
    last = np.cumsum([len(c.encode("utf-8", "replace")) for c in text])  # [chars] byte after each
    complete = np.searchsorted(last, ends.clip(0, len(data)), side="right")  # [T + 1]
    return np.stack([complete[:-1], complete[1:]], axis=1)
