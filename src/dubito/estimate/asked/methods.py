"""The table of methods that ask in several ways: one row each."""

from functools import partial

from dubito.estimate.asked.believe_or_not import BelieveOrNot
from dubito.estimate.asked.demonstrations import DemonstrationDoubt
from dubito.estimate.asked.forking_paths import ForkingPaths
from dubito.estimate.asked.inv_entropy import InvEntropy
from dubito.estimate.asked.misleading import Misleading
from dubito.estimate.asked.orders import OrderDoubt
from dubito.estimate.asked.perturbed import Perturbed, most_settled, steepest
from dubito.estimate.asked.query_volume import QueryVolume
from dubito.estimate.asked.self_detection import SelfDetection
from dubito.estimate.asked.specification import Underspecification
from dubito.estimate.asked.uqac import UQAC
from dubito.estimate.variation_ratio import SampleVariation
from dubito.method import Method

LYBL = "look-before-you-leap"
REGENERATED = "1 + 4 for each of 3 positions"

ASKED: tuple[Method, ...] = (
    # The question in other words.
    Method(
        "inv-entropy",
        InvEntropy,
        "how little the answers to several wordings tell which wording they came from",
        "song2025",
        "semantic",
        needs=("text",),
        calls="r for each of 1 + n wordings",
    ),
    Method(
        "self-detection",
        SelfDetection,
        "entropy of the meanings of the answers to several wordings",
        "zhao2023",
        "semantic",
        needs=("text",),
        calls="1 for each of 1 + n wordings",
    ),
    Method(
        "semantic-volume-query",
        QueryVolume,
        "log-volume that the rewritten questions' embeddings span: doubt about the question",
        "li2025",
        "semantic",
        needs=("text",),
        calls="K for each of n requests to rewrite",
        card="semantic-volume",
    ),
    # The question with an earlier answer.
    Method(
        "believe-or-not",
        BelieveOrNot,
        "information that an answer mentioned in the prompt has about the next one",
        "abbasi2024",
        "semantic",
        needs=("text", "logprobs"),
        calls="K, and for each of C different answers a reading of all",
    ),
    # The answer with one token replaced.
    Method(
        "lybl-vro-at-max",
        Perturbed,
        "distance from the answer after its most open token is replaced",
        "huang2023",
        "semantic",
        needs=("text", "logits"),
        calls=REGENERATED,
        card=LYBL,
    ),
    Method(
        "lybl-vr-at-max",
        partial(Perturbed, ratio=SampleVariation(4)),
        "distance between the answers after the most open token is replaced",
        "huang2023",
        "semantic",
        needs=("text", "logits"),
        calls=REGENERATED,
        card=LYBL,
        claim="lybl-vro-at-max",
    ),
    Method(
        "lybl-vro-at-min",
        partial(Perturbed, point=most_settled),
        "distance from the answer after its least open token is replaced",
        "huang2023",
        "semantic",
        needs=("text", "logits"),
        calls=REGENERATED,
        card=LYBL,
    ),
    Method(
        "lybl-vr-at-min",
        partial(Perturbed, ratio=SampleVariation(4), point=most_settled),
        "distance between the answers after the least open token is replaced",
        "huang2023",
        "semantic",
        needs=("text", "logits"),
        calls=REGENERATED,
        card=LYBL,
    ),
    Method(
        "lybl-vro-at-rise",
        partial(Perturbed, point=steepest),
        "distance from the answer after the token where entropy rises most is replaced",
        "huang2023",
        "semantic",
        needs=("text", "logits"),
        calls=REGENERATED,
        card=LYBL,
        claim="lybl-vro-at-max",
    ),
    Method(
        "lybl-vr-at-rise",
        partial(Perturbed, ratio=SampleVariation(4), point=steepest),
        "distance between the answers after the token where entropy rises most is replaced",
        "huang2023",
        "semantic",
        needs=("text", "logits"),
        calls=REGENERATED,
        card=LYBL,
        claim="lybl-vro-at-max",
    ),
    # The question with other context.
    Method(
        "many-shot-icl-uncertainty",
        DemonstrationDoubt,
        "entropy of the answers under several sets of demonstrations, within and between sets",
        "wang2025",
        "semantic",
        needs=("text",),
        calls="K for each of L sets",
    ),
    Method(
        "bayesian-in-expectation",
        OrderDoubt,
        "how much the probability of an answer varies with the order of the evidence",
        "chlon2025",
        "token",
        needs=("text", "logprobs"),
        calls="1 reading for each of k orders",
    ),
    Method(
        "sicb-specification-metric",
        Underspecification,
        "how far the probability of a label follows a context that must not matter",
        "mcmilin2022",
        "token",
        needs=("text", "logprobs"),
        calls="1 reading for each of 2 n contexts",
    ),
    Method(
        "mub",
        Misleading,
        "share of hints that overturn the answer",
        "dang2024",
        "semantic",
        needs=("text",),
        calls="1 + H",
    ),
    # The answer with each token replaced.
    Method(
        "forking-paths",
        ForkingPaths,
        "probability that some drawn token would have changed the outcome, and where",
        "bigelow2024",
        "token",
        needs=("text", "logprobs"),
        calls="1 + n for each likely token at each position",
    ),
    # The reasoning with one token replaced.
    Method(
        "uqac",
        UQAC,
        "probability of the final answer, summed over other ways to reason to it",
        "li2025b",
        "internal",
        needs=("logprobs", "attention", "hidden"),
        calls="1, and a reading for each of up to 10 replaced tokens",
    ),
)
