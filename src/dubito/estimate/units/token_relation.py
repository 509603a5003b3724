"""What the likely tokens would have said instead: the same, the contrary, or something else."""

from collections.abc import Callable

import numpy as np

from dubito.data.units import InUnits, Unit
from dubito.estimate.keywords import is_filler
from dubito.estimate.units.support import PairJudge
from dubito.estimate.units.unit_tokens import unit_tokens
from dubito.evidence import Integers, measured

Place = tuple[int, int]  # token t, candidate j


def token_relation(told: InUnits, spell: Callable[[int], str], judge: PairJudge) -> Integers:
    """Relation of each likely token to the written one, [T, k]: 1 same, -1 contrary, 0 else.

    The judge compares the unit up to its token t with the same words that end in the candidate,
    which `spell` writes out, blanks included; the likeliest of its three verdicts counts. Words of
    grammar and marks, written or likely, say nothing: 0.
    """
    top = measured(told.evidence.answer.top, "top")
    pairs: dict[Place, tuple[str, str]] = {}
    relation = np.zeros(top.ids.shape, dtype=int)
    for (t, j), pair in replaced(told, top.ids, spell).items():
        if pair[0] == pair[1]:
            relation[t, j] = 1
        else:
            pairs[t, j] = pair
    asked = list(dict.fromkeys(pairs.values()))
    verdict = dict(zip(asked, map(likeliest, judge(asked)), strict=True)) if asked else {}
    for place, pair in pairs.items():
        relation[place] = verdict[pair]
    return relation


def replaced(
    told: InUnits, ids: Integers, spell: Callable[[int], str]
) -> dict[Place, tuple[str, str]]:
    """What candidate j makes of the unit's beginning, and what token t made of it."""
    answer = told.evidence.answer
    spans = np.asarray(answer.offsets)
    found: dict[Place, tuple[str, str]] = {}
    for unit, members in zip(told.units, unit_tokens(answer, told.units), strict=True):
        for t in np.flatnonzero(members):
            start, end = map(int, spans[t])
            if is_filler(answer.text[start:end]):
                continue
            for j, token in enumerate(ids[t]):
                word = spell(int(token)) if token >= 0 else ""
                if not is_filler(word):
                    said = ending(unit, answer.text, start, answer.text[start:end])
                    found[int(t), j] = ending(unit, answer.text, start, word), said
    return found


def ending(unit: Unit, text: str, start: int, word: str) -> str:
    """The unit up to a place, then this word; blanks count once."""
    return " ".join((text[unit.start : max(start, unit.start)] + word).split())


def likeliest(verdict: np.ndarray) -> int:
    """1 entailed, -1 contradicted, 0 neither, whichever has most of the probability."""
    entails, contradicts = map(float, verdict)
    neutral = 1 - entails - contradicts
    if max(entails, contradicts) <= neutral:
        return 0
    return 1 if entails >= contradicts else -1
