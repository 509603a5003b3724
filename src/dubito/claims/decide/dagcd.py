"""Raising what attention shows to be used makes a model that hesitates answer from its context."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.contradicted import ASK, PAIRS, PROMPT, Contradicted, contradicted, looks
from dubito.decide.context_boost import ContextBoost, ContextUse
from dubito.decide.context_detector import ContextUseDetector
from dubito.decide.context_examples import ContextQuestion, Examples, Steps, context_examples
from dubito.evidence import Integers
from dubito.maths.context_use import attention_ratios

HEADS = 2  # kept, of 8
CONTEXT = np.arange(PROMPT) < 2 * PAIRS
Detectors = Callable[[Contradicted], ContextUseDetector]


@lru_cache(maxsize=1)
def examples(world: Contradicted) -> Examples:
    """Rows from prompts about keys without a fact."""

    def read(prompt: object, answer: object) -> Steps:
        del answer  # one token: what comes before it is the prompt
        return Steps(*looks(world.model, np.asarray(prompt)[None]))

    return context_examples(
        read,
        [
            ContextQuestion([ASK, int(p[-1])], p.tolist(), CONTEXT, [int(v)])
            for p, v in zip(world.novel, world.novel_truth, strict=True)
        ],
    )


def best_heads(world: Contradicted) -> ContextUseDetector:
    """Fitted with the heads that tell most."""
    found = examples(world)
    return ContextUseDetector(heads=HEADS).fit(found.ratios, found.used)


def other_heads(world: Contradicted) -> ContextUseDetector:
    """Fitted with as many heads drawn among the rest."""
    found, best = examples(world), best_heads(world).heads_
    rest = np.setdiff1d(np.arange(found.ratios.shape[1]), best)
    drawn = np.random.default_rng(best.tolist()).choice(rest, HEADS, replace=False)
    only = np.zeros_like(found.ratios)
    only[:, drawn] = found.ratios[:, drawn]
    return ContextUseDetector(heads=HEADS).fit(only, found.used)


def boosted(world: Contradicted, prompts: Integers, detectors: Detectors) -> Integers:
    """The token said after each prompt, [N]."""
    detector, said = detectors(world), []
    for tokens, logits, attention in zip(prompts, *looks(world.model, prompts), strict=True):
        found = attention_ratios(attention[:, CONTEXT], tokens[CONTEXT])
        use = ContextUse(
            found.ids, detector.predict(found.values) == 1, detector.weight(found.values)
        )
        said.append(int(ContextBoost()(logits, use).scores.argmax()))
    return np.array(said)


def plain(world: Contradicted, prompts: Integers) -> Integers:
    """The token that greedy decoding says, [N]."""
    return looks(world.model, prompts)[0].argmax(axis=1)


def faithful(world: Contradicted, detectors: Detectors = best_heads) -> float:
    """Share of contradicted facts that are answered from the context."""
    return float((boosted(world, world.conflicts, detectors) == world.truth).mean())


def greedy(world: Contradicted) -> float:
    """The same without a boost."""
    return float((plain(world, world.conflicts) == world.truth).mean())


def left_alone(world: Contradicted) -> float:
    """0.05 less the share of answers that change where the context does not hold the key."""
    changed = boosted(world, world.absent, best_heads) != plain(world, world.absent)
    return 0.05 - float(changed.mean())


CLAIM = Claim(
    world=contradicted,
    tiny=partial(contradicted, prompts=20, learnt=30, steps=120),
    ours=faithful,
    baselines={"greedy": greedy},
    metric="answers from the context",
    margin=0.1,
    checks={
        "at most 5% of answers change where the context has none": left_alone,
        "the detector is right for 90%": lambda w: best_heads(w).accuracy_ - 0.9,
        "other heads gain at most 0.03": lambda w: 0.03 - (faithful(w, other_heads) - greedy(w)),
    },
    paper="huang2025",
    paper_figure="higher exact match and F1 than greedy, CAD and COIECD on seven open-book sets",
    seeds=4,
    tried="Before the judged seeds, on seed 0: keys had to be matched by two layers, which 1,500 "
    "steps did not teach (novel keys right for 0.42); since then a value is found by its kind. "
    "Training follows the context for 0.2 to 0.8 of a key's prompts, not 0.7, at which the "
    "likeliest token is the context's already. The condition on other heads fails (seeds 1000 to "
    "1003): they too gain 0.18. Of a context's tokens, hardly one but the value is among the 10 "
    "likeliest, so the filter by rank finds it whichever heads look. On seed 0 contrasting with "
    "the law without context (CAD, two passes) was right for 0.97, ours for 0.75.",
    size="1,000 contradicted facts, transformer of 2 layers, 8 heads, width 64; 2 heads kept",
)
