"""The table of methods that ask in several ways: one row each."""

from functools import partial

from dubito.estimate.asked.believe_or_not import BelieveOrNot
from dubito.estimate.asked.cheat_pairs import CheatPairs
from dubito.estimate.asked.demonstrations import DemonstrationDoubt
from dubito.estimate.asked.forking_paths import ForkingPaths
from dubito.estimate.asked.inv_entropy import InvEntropy
from dubito.estimate.asked.misleading import Misleading
from dubito.estimate.asked.orders import OrderDoubt
from dubito.estimate.asked.p_true import PTrueEmpirical, PTrueSampled
from dubito.estimate.asked.perturbed import Perturbed, most_settled, steepest
from dubito.estimate.asked.query_volume import QueryVolume
from dubito.estimate.asked.s_qubed import SQubed
from dubito.estimate.asked.self_detection import SelfDetection
from dubito.estimate.asked.specification import Underspecification
from dubito.estimate.asked.uqac import UQAC
from dubito.estimate.ensembles import EnsembleDoubt, EnsembleSequence, pairs, reverse
from dubito.estimate.variation_ratio import SampleVariation
from dubito.method import Method

LYBL = "look-before-you-leap"
REGENERATED = "1 + 4 for each of 3 positions"
BESIDE_SAMPLES = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown
from dubito.evidence import Evidence

method = find("p-true-sampled").method.make()
first = shown(samples=5)  # made up, as is 0.3; of a model: read_verdict(model.read, prompt, answer)
judged = Evidence(method.prompt(first), first.answer, p_true=0.3)
score = method([first, judged])
print(score.doubt)
"""
SHOWN_FIRST = """\
from dataclasses import replace

from dubito.catalogue import find
from dubito.data.worlds.shown import shown

method = find("cheat-pairs").method.make()
alone = shown().only(method.plan)  # made up; of a model: ask it
likelier = replace(alone.answer, logprobs=alone.answer.logprobs / 2)
told = replace(alone, prompt=method.prompts(alone)[0], answer=likelier)  # of a model: lm.read
score = method([alone, told])
print(score.doubt)
"""
MEMBERS = """\
import numpy as np

from dubito.catalogue import find
from dubito.estimate.ensembles import Members
from dubito.maths.entropy import log_normalise

rng = np.random.default_rng(0)
logp = log_normalise(rng.normal(size=(5, 3, 4, 8)))  # made up: 5 members, 3 answers, 4 tokens
members = Members(logp, kept=np.ones((3, 4), dtype=bool))
score = find("{id}").method.make()(members)
print(score.doubt)
"""
MEMBERS_READ = """\
from dataclasses import replace

from dubito.catalogue import find
from dubito.data.worlds.shown import shown

method = find("ensemble-sequence-reverse").method.make()
first = shown(samples=10).only(method.plan)  # made up: 3 members read the same answers
members = [
    replace(first, samples=tuple(replace(s, logprobs=s.logprobs * (1 + m)) for s in first.samples))
    for m in range(3)
]
score = method(members)
print(score.doubt)
"""
SAME_ANSWER = """\
from dataclasses import replace

from dubito.catalogue import find
from dubito.data.worlds.shown import shown

method = find("{id}").method.make()
first = shown().only(method.plan)  # made up: the same answer, read in 12 ways; of a model: lm.read
ways = [
    replace(first, answer=replace(first.answer, logprobs=first.answer.logprobs * (1 + w / 12)))
    for w in range(13)
]
score = method(ways)
print(score.doubt)
"""
FORKED = """\
import numpy as np

from dubito.catalogue import find
from dubito.estimate.asked.forking import Fork

rng = np.random.default_rng(0)  # made up: 3 tokens at each of 8 places, and where each led
forks = [Fork(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(2), size=3)) for _ in range(8)]
score = find("forking-paths").method.make()(forks)  # of a model: its method `explore`
print(score.doubt)
"""
EACH_TOKEN = "1 for each of M members, which show the whole distribution of each token"

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
        "token",
        needs=("text", "logprobs"),
        calls="K, and for each of C different answers a reading of all",
    ),
    # The answer, put to the model to judge.
    Method(
        "p-true-sampled",
        PTrueSampled,
        "the model's probability that its answer is false, after it was shown drawn answers",
        "kadavath2022",
        "verbalised",
        needs=("text", "logprobs"),
        calls="1 + K + 1",
        example=BESIDE_SAMPLES,
    ),
    Method(
        "p-true-empirical",
        PTrueEmpirical,
        "share of drawn verdicts that call the answer false",
        "kadavath2022",
        "verbalised",
        needs=("text",),
        calls="1 + K",
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
        example=SAME_ANSWER.format(id="bayesian-in-expectation"),
    ),
    Method(
        "sicb-specification-metric",
        Underspecification,
        "how far the probability of a label follows a context that must not matter",
        "mcmilin2022",
        "token",
        needs=("text", "logprobs"),
        calls="1 reading for each of 2 n contexts",
        example=SAME_ANSWER.format(id="sicb-specification-metric"),
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
        example=FORKED,
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
    # The question spelt out.
    Method(
        "s-qubed",
        SQubed,
        "spread of what a question may mean and of the answers once its meaning is fixed",
        "mei2025",
        "semantic",
        needs=("text",),
        calls="n to spell it out, and m for each of these",
        separates=True,
    ),
    # The question with its own answer.
    Method(
        "cheat-pairs",
        CheatPairs,
        "how much likelier an answer becomes by being shown first",
        "johnson2024",
        "classical",
        needs=("text", "logprobs", "train"),
        calls="1 + 1; a reading of the answer",
        levels=("answer",),
        separates=True,
        caveats=("its promise holds for a model that was trained on independent pairs",),
        example=SHOWN_FIRST,
    ),
    # Several models, or one with dropout on.
    Method(
        "ensemble-mutual-information",
        EnsembleDoubt,
        "entropy of the members' mean less their mean entropy",
        "malinin2021",
        "classical",
        needs=("text", "logits", "train"),
        calls=EACH_TOKEN,
        claim="ensemble-knowledge",
        separates=True,
        example=MEMBERS.format(id="ensemble-mutual-information"),
    ),
    Method(
        "ensemble-epkl",
        partial(EnsembleDoubt, pairs),
        "mean divergence of two members",
        "malinin2021",
        "classical",
        needs=("text", "logits", "train"),
        calls=EACH_TOKEN,
        claim="ensemble-knowledge",
        separates=True,
        example=MEMBERS.format(id="ensemble-epkl"),
    ),
    Method(
        "ensemble-reverse-information",
        partial(EnsembleDoubt, reverse),
        "mean divergence of the members' mean from each member",
        "malinin2021",
        "classical",
        needs=("text", "logits", "train"),
        calls=EACH_TOKEN,
        claim="ensemble-knowledge",
        separates=True,
        example=MEMBERS.format(id="ensemble-reverse-information"),
    ),
    Method(
        "ensemble-sequence-reverse",
        EnsembleSequence,
        "how much likelier the members' mean makes whole answers than the members do",
        "malinin2021",
        "classical",
        needs=("text", "logprobs", "train"),
        calls="K, and a reading of these by each of M members",
        claim="ensemble-knowledge",
        example=MEMBERS_READ,
    ),
)
