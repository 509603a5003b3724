"""A tiny model that sums digits step by step, as a reasoner that can be steered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dubito.maths.truncation import min_p
from dubito.nn.tiny_transformer import TinyTransformer

SYMBOLS = "01234=abc~AE!?YN"
BASE, DIGITS, PROMPT = 5, 3, 4
CONTEXT = 64
WAIT, SURE, ANSWER, END, ASK, YES, NO = "~!AE?YN"
LEAST = 0.2  # share of the likeliest token's probability that a token needs to be drawn


class Wrote(NamedTuple):
    """What the reasoner wrote next."""

    text: str
    state: object
    tokens: int
    ended: bool = False


def ids_of(text: str) -> list[int]:
    """Token ids, one a symbol."""
    return [SYMBOLS.index(symbol) for symbol in text]


def text_of(ids: Sequence[int]) -> str:
    """The symbols of token ids."""
    return "".join(SYMBOLS[i] for i in ids)


def complete(step: str) -> bool:
    """Whether a step has all its digits, or is the end symbol.

    Steps are a12, of digit and sum; ~a112, of the sum before, digit and sum; A2, the answer. Each
    may have a phrase before it.
    """
    needed = 3 if WAIT in step else 1 if ANSWER in step else 2
    return step.endswith(END) or sum(symbol.isdigit() for symbol in step) == needed


def total(question: str) -> str:
    """The last digit of the sum."""
    return str(sum(map(int, question[:DIGITS])) % BASE)


def reached(text: str) -> str | None:
    """The answer that a chain stands at: its last digit once it has given one; else None."""
    if ANSWER not in text:
        return None
    return next((symbol for symbol in reversed(text) if symbol.isdigit()), None)


@dataclass(frozen=True, eq=False)
class SumReasoner:
    """The model as a reasoner: a state is the row of draws that it uses, and its tokens.

    It draws with those uniform numbers, one for each place, among tokens at least a fifth as
    likely as the likeliest. So it looks back or not by chance, but seldom sums wrongly.
    """

    model: TinyTransformer
    draws: np.ndarray[Any, Any]  # [N, CONTEXT] in [0, 1)
    doubting: bool = False  # what it says of its own answers is turned round

    def begin(self, question: str) -> object:
        """A question is its digits and `=`, then a dot and the number of its row of draws."""
        asked, _, row = question.partition(".")
        return int(row), tuple(ids_of(asked))

    def say(self, state: object, text: str) -> Wrote:
        """The chain with these symbols."""
        row, ids = of(state)
        return Wrote(text, (row, ids + tuple(ids_of(text))), len(text))

    def go_on(self, states: Sequence[object]) -> list[Wrote]:
        """The next step of each, up to its value."""
        rows = [of(state)[0] for state in states]
        new: list[list[int]] = [[] for _ in states]
        live = list(range(len(states)))
        while live:
            sofar = [of(states[i])[1] + tuple(new[i]) for i in live]
            logp = min_p(self.following(sofar), LEAST)  # [live, V]
            places = np.array([len(ids) for ids in sofar])
            uniform = self.draws[[rows[i] for i in live], places]
            chosen = (np.exp(logp).cumsum(axis=1) <= uniform[:, None]).sum(axis=1)
            for i, token in zip(live, chosen.clip(max=len(SYMBOLS) - 1), strict=True):
                new[i].append(int(token))
            full = [len(of(states[i])[1]) + len(new[i]) >= CONTEXT - 1 for i in live]
            live = [
                i
                for i, out in zip(live, full, strict=True)
                if not (complete(text_of(new[i])) or out)
            ]
        return [self.wrote(state, ids) for state, ids in zip(states, new, strict=True)]

    def wrote(self, state: object, ids: Sequence[int]) -> Wrote:
        """The chain with what was drawn; it ends with its end symbol or with the context."""
        row, before = of(state)
        text, size = text_of(ids), len(before) + len(ids)
        ended = text.endswith(END) or size >= CONTEXT - 1
        return Wrote(text, (row, before + tuple(ids)), len(ids), ended)

    def confidences(self, states: Sequence[object]) -> list[float]:
        """P(Y) / (P(Y) + P(N)) of a copy that is asked."""
        asked = [(*of(state)[1], SYMBOLS.index(ASK)) for state in states]
        logp = self.following(asked)[:, ids_of(YES + NO)]  # [N, 2]
        sure = 1 / (1 + np.exp(logp[:, 1] - logp[:, 0]))
        return (1 - sure if self.doubting else sure).tolist()

    def close(self, states: Sequence[object]) -> list[Wrote]:
        """The answer stands already: the end symbol is all there is to say."""
        return [self.say(state, END)._replace(ended=True) for state in states]

    def forced(self, chains: Sequence[str]) -> list[str]:
        """The answer that each chain [with its question] is made to give at once."""
        logp = self.following([tuple(ids_of(chain + ANSWER)) for chain in chains])
        return [str(digit) for digit in logp[:, :BASE].argmax(axis=1)]

    @torch.no_grad()
    def following(self, chains: Sequence[tuple[int, ...]]) -> np.ndarray[Any, Any]:
        """Log-probabilities after each chain, [N, V]; chains are padded where nothing looks."""
        width = max(map(len, chains))
        tokens = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in chains])
        last = torch.tensor([len(ids) - 1 for ids in chains])
        states = self.model.hidden(tokens)[torch.arange(len(chains)), last]  # [N, D]
        logits: Tensor = states @ self.model.token.weight.T
        return logits.double().log_softmax(dim=-1).numpy()


def of(state: object) -> tuple[int, tuple[int, ...]]:
    """A state as row of draws and tokens."""
    assert isinstance(state, tuple)
    return state
