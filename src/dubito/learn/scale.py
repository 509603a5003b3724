"""In which words a confidence is asked for and stated, for texts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from dubito.data.refusal_tuning import Taught
from dubito.evidence import Integers

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Scale:
    """A query and K words that may follow it, each of which states a confidence.

    The words are as they come after the query, with the space before them if there is one.
    """

    query: str
    words: tuple[str, ...]
    values: tuple[float, ...]  # what each states, rising in [0, 1]

    def __post_init__(self) -> None:
        """Refuse words that state nothing, or the same."""
        rising = all(a < b for a, b in zip(self.values, self.values[1:], strict=False))
        inside = all(0 <= value <= 1 for value in self.values)
        if len(self.words) != len(self.values) or len(self.words) < 2 or not (rising and inside):
            raise ValueError(
                f"two or more words with rising values in [0, 1] are needed, got {self.words} "
                f"and {self.values}"
            )

    def nearest(self, confidence: ArrayLike) -> Integers:
        """Which word comes nearest to each confidence, the higher where two do; [N] in 0 .. K - 1.

        Raises:
            ValueError: a confidence outside of [0, 1].
        """
        p = np.atleast_1d(np.asarray(confidence, dtype=np.float64))  # [N]
        if not ((p >= 0) & (p <= 1)).all():
            raise ValueError(f"confidences must lie in [0, 1], got {p.min()} to {p.max()}")
        halfway = (np.array(self.values[1:]) + np.array(self.values[:-1])) / 2  # [K - 1]
        return np.searchsorted(halfway - 1e-9, p, side="right")

    def taught(self, request: str, answer: str, confidence: float) -> Taught:
        """The query after an answer, and the word for its confidence: the word alone is learnt.

        With the answer learnt as well: `Taught(request, answer + query + word)`.
        """
        word = self.words[int(self.nearest(confidence)[0])]
        return Taught(request + answer + self.query, word)

    def tokens(self, tokenizer: "PreTrainedTokenizerBase") -> Integers:
        """The token that each word is after the query, [K].

        Raises:
            ValueError: a word of several tokens, or two words that are one token.
        """
        before = tokenizer.encode(self.query, add_special_tokens=False)
        found = []
        for word in self.words:
            ids = tokenizer.encode(self.query + word, add_special_tokens=False)
            if ids[:-1] != before:
                raise ValueError(
                    f"{word!r} after {self.query!r} is not one token but {ids[len(before) :]}; "
                    "take another word, or another end of the query"
                )
            found.append(ids[-1])
        if len(set(found)) < len(found):
            raise ValueError(f"two of the words {self.words} are one token: {found}")
        return np.array(found)


RIGHT = Scale("\nIs this answer right?", (" No", " Yes"), (0.0, 1.0))
SURE = Scale("\nAre you certain of this answer? I am", (" unsure", " sure"), (0.0, 1.0))
FIFTHS = Scale(
    "\nConfidence:",
    (" lowest", " low", " medium", " high", " highest"),
    (0.1, 0.3, 0.5, 0.7, 0.9),
)
TENTHS = Scale("\nConfidence, 0 to 9: ", tuple("0123456789"), tuple(i / 9 for i in range(10)))
FIRST = Scale("\nWhich are you more likely to get right? The", (" second", " first"), (0.0, 1.0))
