"""The table of decisions: one row each."""

from functools import partial

from dubito.decide.active_prompt import ActivePrompt
from dubito.decide.adaptive import AdaptiveSampling
from dubito.decide.best_of_n import BordaVoting
from dubito.decide.cache_budgets import EntropyBudgets
from dubito.decide.checklist import ChecklistSelection
from dubito.decide.chow_quantile import ChowQuantile
from dubito.decide.concise import Concise
from dubito.decide.conformal_pursuit import ConformalPursuit
from dubito.decide.context_boost import ContextBoost
from dubito.decide.dynamic_retrieval import DynamicRetrieval
from dubito.decide.sample_selection import MinimumBayesRisk
from dubito.decide.selective import RiskControl
from dubito.decide.sugar import Sugar
from dubito.estimate.answer_consistency import AnswerConsistency
from dubito.estimate.similarity import ENTAILMENT
from dubito.extras import made
from dubito.method import Method

VOTED = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

vote = find("borda-voting").method.make()
chosen = vote(shown(samples=16))  # made up; of a model: collect with vote.plan
print(chosen.answer, chosen.votes)
"""
REPLAYED = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

rule = find("adaptive-sampling").method.make()
drawn = rule.replay(shown(samples=10))  # made up; of a model: rule.collect(collector, prompts)
print(drawn.samples, drawn.score.doubt, drawn.score.standard_error)
"""
PURSUED = """\
import numpy as np

from dubito.data.worlds.yes_no import coin_questions
from dubito.decide import ConformalPursuit, Inquiry, ask
from dubito.decide.inquiry import random_histories

bank, rng = coin_questions(0), np.random.default_rng(0)  # made up: 20 things, 30 questions
inquiry = Inquiry(bank.labels, bank.questions, bank.posterior, bank.answers)
known = [random_histories(inquiry, length, 100, rng) for length in range(9)]
pursuit = ConformalPursuit().fit(inquiry, known)
found = ask(pursuit, lambda question: question.endswith(("3?", "7?")), rng=rng)
print(found.history, found.guess)
"""
DEFERRED = """\
import numpy as np

from dubito.catalogue import find
from dubito.data.worlds.cascades import pairs
from dubito.decide import DeferralFeatures

world, features = pairs(0, fitted=200, judged=5), DeferralFeatures()  # made up: two models
X = np.stack([features(e) for e in world.evidence])
learned = find("lm-cascade-deferral").method.make()
learned.fit(X[:200], (world.large - world.small)[:200])
print(learned.predict(X[200:]))  # what the large model would gain on each
"""
DEFERRED_BY_TOKENS = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

rule = find("chow-quantile").method.make()
print(rule(shown().only(rule.plan)).doubt)  # above a threshold: ask the large model
"""
GATED = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

gate = find("sugar").method.make()
print(gate.choose(shown(samples=10)))  # of a model: gate(collector, retriever, questions)
"""
LOOKED_UP = """\
from dubito.catalogue import find
from dubito.models import evidence_from_texts
from dubito.models.collect import Collector


class Model:  # made up; a real one: dubito.load()
    name = "made up"

    def generate(self, prompts, plan, generation, *, progress=None):
        for i, prompt in enumerate(prompts):
            told = "The answer is Lima." if "archive" in prompt else "Perhaps Cusco."
            yield i, evidence_from_texts(prompt, told, ["It is Lima.", "Or Cusco."] * 4)


loop = find("dynamic-rag-uncertainty").method.make()
[draft] = loop(Collector(Model()), lambda queries, k: [["The archive says Lima."]], ["Which?"])
print(draft.text, draft.retrievals, draft.steps)
"""
TYPICAL = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

rule = find("sample-selection-multilingual").method.make()
here, elsewhere = shown(0, samples=4), shown(1, samples=4)  # made up; collect with rule.plan
print(rule(here, elsewhere).answer, rule(here).score)
"""
CHECKED_OFF = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

rule = find("chops").method.make()
picked = rule(shown(samples=4), lambda request: "2")  # made up; a judge is text in, text out
print(picked.answer, picked.score)
"""
DISAGREED = """\
from dubito.catalogue import find

method = find("active-prompt").method.make()
ranking = method.rank([["18", "18", "18"], ["7", "9", None], ["3", "3", "4"]])  # drawn answers
print(ranking.order, ranking.doubt)
"""
THOUGHT = """\
from dubito.catalogue import find
from dubito.data.worlds.latent_wells import STEPS, Downhill, nearest, wells
from dubito.decide.latents import GaussianNoise, LatentReasoner
from dubito.nn.tiny_training import Schedule

world = wells(0, known=60, new=5)  # made up: a reasoner that rolls downhill
reasoner = LatentReasoner(Downhill(), nearest, STEPS, width=2)
brief = Schedule(steps=20, rate=5e-3)
rewards = find("latent-tts").method.make(noise=GaussianNoise(0.25), rollouts=2, schedule=brief)
rewards.fit(reasoner, world.known.questions, world.known.gold)
print(rewards.pick(world.new.questions).answer, rewards.search(world.new.questions))
"""
LEANT = """\
import numpy as np

from dubito.catalogue import find
from dubito.decide import ContextUse

boost = find("dagcd").method.make()
used = ContextUse(ids=np.array([1]), used=np.array([True]), weight=np.array([0.3]))  # made up
step = boost(np.log([0.4, 0.35, 0.25]), used)  # of a model: dubito.decide.leaning_on
print(step.scores.argmax(), step.entropy)
"""
FUSED = """\
import torch

from dubito.catalogue import find

fuse = find("dynamic-logit-fusion").method.make()
large, small, expert = torch.tensor([[[2.0, 7.0]], [[5.0, 3.0]], [[4.0, 4.0]]]).log()  # made up
fused = fuse(large, small, expert[None])  # of models: dubito.decide.FusedExperts
print(fused.logits.softmax(dim=-1), fused.weights)
"""
BUDGETED = """\
from dubito.catalogue import find
from dubito.data.worlds.attention_heads import attention_heads

heads = attention_heads(0, length=128)  # made up; of a model: watch.spread() of some prompts
budgets = find("uncomp").method.make(largest=8).fit([p[None] for p in heads.calibration])
print(budgets.groups_, budgets.predict(32))  # for compress(past_key_values, watch, ...)
"""
SHORTENED = """\
from dubito.catalogue import find
from dubito.decide.reasoner import Written


class Model:  # made up; a real one: LocalReasoner(dubito.load())
    steps = ("2 + 3 = 5.\\n\\n", "Wait, is it? Yes.\\n\\n", "Answer: 5.\\n\\n", "Hmm, 5 again.")

    def begin(self, question):
        return 0

    def go_on(self, states):
        return [Written(self.steps[at], at + 1, 4, at == 3) for at in states]

    def say(self, state, text):
        return Written(text, state + 1, 3)

    def confidences(self, states):
        return [0.9 for _ in states]

    def close(self, states):
        return [Written("So 5.", at, 2, True) for at in states]


way = find("concise").method.make()
[chain] = way(Model(), ["What is 2 + 3?"], lambda text: "5" if "Answer:" in text else None)
print(chain.text, chain.confidences, chain.tokens)
"""

METHODS: tuple[Method, ...] = (
    Method(
        "risk-control",
        RiskControl,
        "a threshold of doubt below which at most a promised share of the answers is wrong",
        paper="angelopoulos2021",
        family="decision",
        needs=("labels",),
    ),
    Method(
        "adaptive-sampling",
        partial(AdaptiveSampling, AnswerConsistency(similarity=ENTAILMENT), tolerance=0.05),
        "as many drawn answers as the doubt needs to be known well enough",
        paper="aggarwal2023",
        family="decision",
        needs=("text",),
        calls="1 + K; K as far as it has to go",
        example=REPLAYED,
    ),
    Method(
        "borda-voting",
        BordaVoting,
        "one of N drawn answers, by votes that weigh more for the more certain ones",
        paper="kang2025",
        family="token",
        needs=("logits",),
        card="self-certainty",
        calls="1 + K",
        claim="borda-voting",
        example=VOTED,
    ),
    Method(
        "cip",
        ConformalPursuit,
        "the next question to ask, so that calibrated sets of what is meant shrink fastest",
        paper="chan2025",
        family="token",
        needs=("logprobs", "labels"),
        calls="Q x A; answers A of each of Q questions, each turn",
        caveats=("asks no better than at random in our experiment",),
        example=PURSUED,
    ),
    Method(
        "lm-cascade-deferral",
        partial(made, "dubito.decide.deferral", "LearnedDeferral"),
        "what a larger model would gain on an answer, learned from its log-probabilities",
        paper="gupta2024",
        family="token",
        needs=("logprobs", "labels"),
        calls="1; one of the large model for each answer to fit on",
        example=DEFERRED,
    ),
    Method(
        "chow-quantile",
        ChowQuantile,
        "when to ask a larger model, by a low quantile of the log-probabilities",
        paper="gupta2024",
        family="token",
        needs=("logprobs",),
        card="lm-cascade-deferral",
        calls="1",
        claim="chow-quantile",
        example=DEFERRED_BY_TOKENS,
    ),
    Method(
        "sugar",
        Sugar,
        "no, one or several retrievals, by the entropy over the meanings of drawn answers",
        paper="zubkova2025",
        family="semantic",
        needs=("text",),
        calls="1 + K; 1 more where it looks up once, 1 and 2 a hop where it does so again",
        example=GATED,
    ),
    Method(
        "dynamic-rag-uncertainty",
        DynamicRetrieval,
        "an answer sentence by sentence, looked up only where drawn sentences disagree",
        paper="dhole2025",
        family="semantic",
        needs=("text",),
        calls="1 + K; for each sentence, and 2 more where it is looked up",
        claim="dynamic-retrieval",
        example=LOOKED_UP,
    ),
    Method(
        "sample-selection-multilingual",
        MinimumBayesRisk,
        "of K + 1 answers the most typical, by answers in a pivot language too",
        paper="khairi2025",
        family="semantic",
        needs=("text",),
        calls="1 + K; as many again for the pivot",
        caveats=("needs an encoder that knows both languages",),
        example=TYPICAL,
    ),
    Method(
        "chops",
        ChecklistSelection,
        "of K + 1 answers the one that a judge names, with a checklist, in one pass",
        paper="khairi2025",
        family="semantic",
        needs=("text",),
        card="sample-selection-multilingual",
        calls="1 + K + 2; 1 more for each further order",
        claim="chops",
        caveats=("a judge favours places and its own answers",),
        example=CHECKED_OFF,
    ),
    Method(
        "active-prompt",
        ActivePrompt,
        "which unlabelled questions to solve as exemplars: those whose drawn answers disagree",
        paper="diao2023",
        family="semantic",
        needs=("text",),
        output="rank",
        calls="K; for each question of the pool",
        caveats=("an ill-posed question is in doubt as well",),
        example=DISAGREED,
    ),
    Method(
        "latent-tts",
        partial(made, "dubito.decide.latent_rewards", "LatentRM"),
        "the best of several trains of thought in vectors, by a scorer that rollouts taught",
        paper="you2025",
        family="internal",
        needs=("hidden", "labels"),
        calls="K; to fit, K + K x T x M for each question, M rollouts from each of T steps",
        example=THOUGHT,
    ),
    Method(
        "dagcd",
        ContextBoost,
        "answers from a passage: tokens of it that are looked at rise where the model hesitates",
        paper="huang2025",
        family="internal",
        needs=("logits", "attention", "labels"),
        calls="1",
        levels=("token",),
        caveats=("needs plain attention and heads learnt of this very model",),
        example=LEANT,
    ),
    Method(
        "dynamic-logit-fusion",
        partial(made, "dubito.decide.logit_fusion", "LogitFusion"),
        "what small tuned experts learnt, given to a large model token by token as far as it fits",
        paper="fan2024",
        family="token",
        needs=("logits",),
        calls="1; and one pass a token of the small base and of each small expert",
        levels=("token",),
        caveats=("needs one tokenizer for all models",),
        example=FUSED,
    ),
    Method(
        "uncomp",
        EntropyBudgets,
        "how much of its key-value cache each attention head keeps, by the spread of its queries",
        paper="xiong2024",
        family="internal",
        needs=("hidden", "attention"),
        calls="1",
        caveats=("which heads are broad has to be learnt of this very model",),
        example=BUDGETED,
    ),
    Method(
        "concise",
        Concise,
        "shorter chains of thought: no looking back before an answer, and none after a sure one",
        paper="qiao2025",
        family="token",
        needs=("logprobs",),
        calls="1; and one question about its confidence after each step from an answer on",
        caveats=("drops corrections that were needed; look at wrong answers too",),
        example=SHORTENED,
    ),
)
