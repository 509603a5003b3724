"""Contrasted questions in words: answerable of one scene, unanswerable of its twin [chandu2024].

Both members of a pair ask the same question in the same words and their scenes differ in one
sentence, so a reader of the question alone cannot tell them apart. Differs: the paper has a large
model write the pairs from captions; here five templates do, one for each reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from dubito.data.question import Question
from dubito.data.reasons import Reason

KINDS = ("square", "triangle", "cross", "circle", "star")
COLOURS = ("red", "green", "blue", "yellow", "white", "black", "purple", "pink")
PLACES = ("at the top", "at the bottom", "on the left", "on the right")
PEOPLE = ("Ana", "Bruno", "Chen", "Dilek", "Emeka", "Freya", "Goran", "Hana")
COUNTS = ("two", "three", "four", "five", "six")
UNTOLD = ("countless", "hundreds of", "far too many")
TRIES = 50  # for each pair, before the templates have run dry


@dataclass(frozen=True, slots=True)
class Contrast:
    """The same question of two scenes; the kind of the unanswerable one is its reason's name."""

    answerable: Question
    unanswerable: Question
    reason: Reason

    def __post_init__(self) -> None:
        """Refuse what is no contrast."""
        if not self.answerable.answerable or self.unanswerable.answerable:
            raise ValueError("a contrast has an answerable question first and another one second")
        if self.answerable.text == self.unanswerable.text:
            raise ValueError(f"both members are {self.answerable.text!r}: the edit changed nothing")


@dataclass(frozen=True, slots=True)
class Draw:
    """What a template may use."""

    thing: str
    other: str
    colour: str
    second: str  # another colour
    place: str
    person: str
    random: Random


Written = tuple[str, str, str, str]  # scene, its twin, question, answer
Template = Callable[[Draw], Written]


def knowledge(d: Draw) -> Written:
    """Who made it: told, or not."""
    scene = f"There is a {d.colour} {d.thing} {d.place}."
    told = f"{scene} It was drawn by {d.person}."
    return told, f"{scene} It was drawn by hand.", f"Who drew the {d.thing}?", d.person


def complexity(d: Draw) -> Written:
    """How many: few, or more than anybody counts."""
    count, untold = d.random.choice(COUNTS), d.random.choice(UNTOLD)
    scene = f"A {d.colour} {d.thing} is covered with {{}} tiny {d.second} dots."
    question = f"Exactly how many dots are on the {d.thing}?"
    return scene.format(count), scene.format(untold), question, count


def extraneous(d: Draw) -> Written:
    """A thing that is there, or that has been replaced by another one."""
    scene = "There is a {} {} {}."
    gone = scene.format(d.second, d.other, d.place)
    return (
        scene.format(d.colour, d.thing, d.place), gone, f"What colour is the {d.thing}?", d.colour
    )  # fmt: skip


def temporal(d: Draw) -> Written:
    """What it was like before: told, or not."""
    scene = f"There is a {d.colour} {d.thing} {d.place}."
    told = f"{scene} Yesterday it was {d.second}."
    question = f"What colour was the {d.thing} yesterday?"
    return told, f"{scene} Today it is {d.colour}.", question, d.second


def ambiguity(d: Draw) -> Written:
    """One thing that fits, or two."""
    scene = f"There is a {d.colour} {d.thing} {d.place}. Beside it is a {d.second} {{}}."
    question = f"What colour is the {d.thing}?"
    return scene.format(d.other), scene.format(d.thing), question, d.colour


TEMPLATES: dict[Reason, Template] = {
    Reason.KNOWLEDGE: knowledge,
    Reason.COMPLEXITY: complexity,
    Reason.EXTRANEOUS: extraneous,
    Reason.TEMPORAL: temporal,
    Reason.AMBIGUITY: ambiguity,
}
RIVALS = {
    Reason.KNOWLEDGE: PEOPLE,
    Reason.COMPLEXITY: COUNTS,
    Reason.EXTRANEOUS: COLOURS,
    Reason.TEMPORAL: COLOURS,
    Reason.AMBIGUITY: COLOURS,
}


def contrasts(
    n: int = 200, *, seed: int = 0, reasons: Sequence[Reason] = tuple(Reason)
) -> list[Contrast]:
    """n different pairs, the reasons in turn; same seed, same list.

    Raises:
        ValueError: no reason is given, or the templates cannot make n different pairs.
    """
    random = Random(seed)
    made: dict[str, Contrast] = {}
    for _ in range(TRIES * n if reasons else 0):
        if len(made) == n:
            break
        pair = written(reasons[len(made) % len(reasons)], random)
        made.setdefault(pair.answerable.text, pair)
    if len(made) < n or n < 1:
        raise ValueError(f"n must be from 1 to about {len(made)} for these reasons, got {n}")
    return list(made.values())


def written(reason: Reason, random: Random) -> Contrast:
    """One pair with this reason."""
    thing, other = random.sample(KINDS, 2)
    colour, second = random.sample(COLOURS, 2)
    drawn = Draw(thing, other, colour, second, random.choice(PLACES), random.choice(PEOPLE), random)
    scene, twin, question, answer = TEMPLATES[reason](drawn)
    return Contrast(
        Question(f"{scene} {question}", (answer,), "answerable", rivals=RIVALS[reason]),
        Question(
            f"{twin} {question}", kind=reason.name, answerable=False, reason=reason.value
        ),
        reason,
    )  # fmt: skip


def split(
    pairs: Sequence[Contrast], *, share: float = 0.3, seed: int = 0
) -> tuple[list[Contrast], list[Contrast]]:
    """Training and held-out pairs; a pair is never torn apart.

    Raises:
        ValueError: the share held out is not inside (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f"the share held out must lie inside (0, 1), got {share}")
    order = list(pairs)
    Random(seed).shuffle(order)
    held_out = round(share * len(order))
    return order[held_out:], order[:held_out]
