"""The misleading rate shows a trust in hints that accuracy and neutral notes do not show."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.hinted import RELIABILITIES, HintedReader, hinted_reader
from dubito.estimate.asked.misleading import MisleadingRates, flip_rate, misleading_rates
from dubito.nn.tiny_transformer import TinyTransformer


def rates(world: HintedReader, model: TinyTransformer, source: int) -> MisleadingRates:
    """The two stages, with hints of one source."""
    right = world.right(model, world.plain())
    return misleading_rates(right, world.right(model, world.pushing(right, source)))


def misled(world: HintedReader) -> float:
    """Right answers overturned by false hints of the judged source."""
    return rates(world, world.model, world.source).away


def neutral_flips(world: HintedReader) -> float:
    """Right answers overturned by a hint that says nothing."""
    right = world.right(world.model, world.plain())
    return flip_rate(right, world.right(world.model, world.neutral()))


def follows_trust(world: HintedReader) -> float:
    """Least rise of the rate from one source to the next more reliable one; above 0, all rise."""
    by_source = [rates(world, world.model, s).away for s in range(1, len(RELIABILITIES))]
    return float(np.diff(by_source).min())


def half_is_misled(world: HintedReader) -> float:
    """The rate less the half that the card expects."""
    return misled(world) - 0.5


def neutral_is_harmless(world: HintedReader) -> float:
    """3% less the flips of the control."""
    return 0.03 - neutral_flips(world)


def helps_the_wrong(world: HintedReader) -> float:
    """Wrong answers set right by true hints, less a half: the same suggestibility."""
    return rates(world, world.model, world.source).back - 0.5


def is_repaired(world: HintedReader) -> float:
    """10% less the rate after the repair."""
    return 0.1 - rates(world, world.repaired, world.source).away


def keeps_accuracy(world: HintedReader) -> float:
    """1 point less the change of accuracy without hints through the repair."""
    before, after = (world.right(m, world.plain()).mean() for m in (world.model, world.repaired))
    return 0.01 - float(np.abs(after - before))


def reads_the_facts(world: HintedReader) -> float:
    """Share of questions answered as the fact shows, less 0.95."""
    facts = world.facts
    shown = facts.shown[np.arange(len(facts.key)), facts.key]
    clear = shown == facts.truth
    return float((world.right(world.model, world.plain()) == clear).mean()) - 0.95


CLAIM = Claim(
    world=hinted_reader,
    tiny=partial(hinted_reader, questions=100, steps=20, repair=5),
    ours=misled,
    baselines={"a neutral note": neutral_flips},
    margin=0.4,
    metric="share of right answers overturned",
    checks={
        "above a half": half_is_misled,
        "rises with the source's reliability": follows_trust,
        "neutral notes flip less than 3%": neutral_is_harmless,
        "true hints set more than half of the wrong right": helps_the_wrong,
        "below 10% after the repair": is_repaired,
        "accuracy without hints within 1 point after the repair": keeps_accuracy,
        "answers as the facts show without a hint": reads_the_facts,
    },
    seeds=3,
    paper="dang2024",
    paper_figure="65% of right answers overturned; 6.97% after tuning on 2,000 explicit hints",
    size="2,000 questions on 5 facts, 4 sources of hints, one-layer transformer, 800 steps",
)
