"""What the tokens of a tokenizer write, each by itself."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Tokens by their written form, lower case, without space around it."""

    tokenizer: Any

    @cached_property
    def pieces(self) -> list[str]:
        """The written form of every token."""
        ids = [[i] for i in range(len(self.tokenizer))]
        return [p.strip().lower() for p in self.tokenizer.batch_decode(ids)]

    @cached_property
    def percent(self) -> frozenset[int]:
        """Tokens with a percent sign."""
        return frozenset(i for i, p in enumerate(self.pieces) if "%" in p)

    def spellings(self, word: str) -> list[int]:
        """Ids of all tokens that write this word."""
        return [i for i, p in enumerate(self.pieces) if p == word]
