"""The table of calibrators: one row each. Their classes are loaded when they are made."""

from functools import partial

from dubito.calibrate.boosted import boosted_quantile
from dubito.calibrate.conformal_sets import ConformalSets
from dubito.calibrate.pac_sets import PacSets
from dubito.extras import made
from dubito.method import Method

CONTROLLED = """\
from dubito.catalogue import find

grid = [k / 10 for k in range(1, 11)]  # settings, the most careful one last
losses = [[max(0.0, i / 40 - g) for g in grid] for i in range(40)]  # made up; measured by you
control = find("conformal-risk-control").method.make().fit(losses, grid)
print(control.setting_, control.risk_)
"""
ABSTAINED = """\
from dubito.catalogue import find

doubt, wrong = [k / 100 for k in range(100)], [k % 10 > 90 - k for k in range(100)]
method = find("conformal-abstention").method.make().fit(doubt, wrong)
print(method.predict([0.02, 0.98]))  # answer these?
"""
STRUCK_OUT = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown
from dubito.estimate.units import UnitSurprise, in_units

doubts = [[0.1 * k, 0.4, 0.9] for k in range(40)]  # made up: three claims in each of 40 answers
right = [[k < 30, True, k % 2 == 0] for k in range(40)]  # made up; graded by you
method = find("conformal-factuality").method.make().fit(doubts, right)
told = in_units(shown())  # made up; of a model: dubito.ask("Who?").evidence
print([unit.text for unit in method.filter(told, UnitSurprise()(told))])
"""
WATCHED = """\
from dubito.catalogue import find

martingale = find("drift-martingale").method.make().fit([k % 10 for k in range(50)])
for score in [3, 9, 8, 9, 9]:  # one after the other, as they come
    print(martingale.update(score), martingale.alarm_)
"""
RESCALED = """\
from dubito.catalogue import find

passes = [[0.1, 0.3], [0.4, 0.5], [0.5, 0.9], [0.8, 0.8], [0.2, 0.4]]  # of a metric, dropout on
human = [0.0, 0.5, 0.9, 0.8, 0.4]
method = find("ua-comet").method.make().fit(passes, human)
print(method.interval([[0.3, 0.5]]), method.risk([[0.3, 0.5]], below=0.2))
"""

SET_OF_ANSWERS = """\
from dubito.calibrate import candidates
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

known = [candidates(shown(seed)) for seed in range(40)]  # made up: meanings of ten samples each
right = [seed % 20 // 19 for seed in range(40)]  # made up; graded by you: found.right(...)
method = find("conformal-sets").method.make().fit([found.shares for found in known], right)
new = candidates(shown(40))  # made up; of a model: dubito.ask("Who?").evidence
print(method.predict([new.shares]).of([new.texts]))
"""
SETS_BY_KIND = """\
from dubito.catalogue import find

scores = [[0.5 + k / 100, 0.5 - k / 100] for k in range(40)]  # of two candidates each
right = [k % 8 == 0 for k in range(40)]  # the column of the right one
kinds = ["who" if k % 2 else "when" for k in range(40)]
method = find("mondrian-sets").method.make().fit(scores, [int(r) for r in right], kinds)
print(method.predict([[0.7, 0.3], [0.7, 0.3]], ["who", "when"]).members)
"""
SETS_BY_CLASS = """\
from dubito.catalogue import find

scores = [[0.5 + k / 100, 0.5 - k / 100] for k in range(40)]  # of "yes" and "no" in each question
right = [k % 3 // 2 for k in range(40)]  # the column of the right one
method = find("class-conditional-sets").method.make().fit(scores, right)
print(method.predict([[0.7, 0.3]]).of([["yes", "no"]]))
"""
PAC_SETS = """\
from dubito.catalogue import find

logp = [[-0.5 - k % 7 / 7, -1.5 - k % 5 / 5] for k in range(200)]  # of two candidates each, nats
right = [k % 9 // 8 for k in range(200)]  # the column of the right one
features = [[k % 7, k % 5] for k in range(200)]  # what the threshold may depend on
method = find("pac-nps").method.make().fit(logp, right, features)
print(method.predict([[-0.7, -1.9]], [[1, 2]]).members, method.allowed_, method.n_calibrated_)
"""

VERIFIED = """\
from dubito.calibrate import answer_features
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

answers = [shown(seed) for seed in range(80)]  # made up; of a model: Plan(hidden=(0.5,))
right = [seed % 3 > 0 for seed in range(80)]  # made up; graded by you
method = find("sdm").method.make(epochs=5).fit(answer_features(answers, depth=0.5), right)
new = answer_features([shown(90), shown(91)], depth=0.5)
print(method.predict_proba(new), method.reliable(new), method.read(new).matches)
"""
RECOGNISED = """\
from dubito.calibrate import answer_features
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

answers = [shown(seed) for seed in range(80)]  # made up; of a model: Plan(hidden=(0.5,))
kind = ["who" if seed % 2 else "when" for seed in range(80)]  # made up; labelled by you
features = answer_features(answers, depth=0.5)
method = find("evidential-confusion").method.make(steps=50).fit(features, kind)
seen = method.read(features[:2])
print(method.sets(features[:2]), seen.ignorance, seen.confusion)
"""
CHECKED = """\
import numpy as np
from dubito.calibrate import SplitPointRegressor
from dubito.nn.tiny_training import Schedule

X = np.linspace(-1, 1, 200)[:, None]  # made up; hidden states of yours
y = X[:, 0] + np.random.default_rng(0).exponential(size=200)
method = SplitPointRegressor(schedule=Schedule(steps=50, rate=1e-2)).fit(X, y)
print(method.predict_interval([[0.5]]), method.predict_uncertainty([[0.5]]))
"""
CLASSES_CHECKED = """\
import numpy as np
from dubito.calibrate import SplitPointClassifier
from dubito.nn.tiny_training import Schedule

X = np.linspace(-1, 1, 200)[:, None]  # made up; hidden states of yours
y = np.random.default_rng(0).uniform(-1, 1, 200) < X[:, 0]
method = SplitPointClassifier(schedule=Schedule(steps=50, rate=1e-2)).fit(X, y)
print(method.predict_uncertainty([[0.5]]), method.predict_corrected([[0.5]]))
"""
CAPPED = """\
import numpy as np
from dubito.calibrate import BayesCap
from dubito.nn.tiny_training import Schedule

X = np.linspace(0, 1, 200)[:, None]
y = X[:, 0] + X[:, 0] * np.random.default_rng(0).normal(size=200)
method = BayesCap(schedule=Schedule(steps=50, rate=1e-2)).fit(X, y)
print(method.predict_variance([[0.1], [0.9]]), method.predict_interval([[0.5]]))
"""
EXCEEDED = """\
import numpy as np
from dubito.catalogue import find

X = np.linspace(-1, 1, 30)[:, None]
method = find("deup").method.make().fit(X, X[:, 0] ** 2)  # a line through a parabola
print(method.predict_uncertainty([[0.0], [0.6], [1.0]]))
"""

METHODS: tuple[Method, ...] = (
    Method(
        "platt",
        partial(made, "dubito.calibrate.platt", "Platt"),
        "a sigmoid of one doubt: two numbers, good from a few dozen labels on",
        paper="platt1999",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "isotonic",
        partial(made, "dubito.calibrate.isotonic", "Isotonic"),
        "the falling curve closest to the labels: any shape, for a few hundred labels",
        paper="zadrozny2002",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "beta",
        partial(made, "dubito.calibrate.beta", "Beta"),
        "Platt's sigmoid with two tails of their own",
        paper="kull2017",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "logistic-combination",
        partial(made, "dubito.calibrate.combination", "LogisticCombination"),
        "one confidence from several doubts, missing ones allowed",
        paper="lecessie1992",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "conformal-risk-control",
        partial(made, "dubito.calibrate.conformal_risk", "ConformalRiskControl"),
        "the least careful setting whose expected loss is at most a promised one",
        paper="angelopoulos2024",
        family="decision",
        needs=("labels",),
        output="decision",
        caveats=("its promise is a mean over samples to fit on, and no loss may rise with care",),
        example=CONTROLLED,
    ),
    Method(
        "conformal-abstention",
        partial(made, "dubito.calibrate.abstention", "ConformalAbstention"),
        "answers so few questions that at most a promised share of all gets a wrong answer",
        paper="abbasi2024b",
        family="decision",
        needs=("labels",),
        output="decision",
        caveats=("its promise is a mean over samples to fit on",),
        example=ABSTAINED,
    ),
    Method(
        "conformal-factuality",
        partial(made, "dubito.calibrate.factuality", "ConformalFactuality"),
        "the claims of a long answer that are likely all right",
        paper="mohri2024",
        family="decision",
        needs=("labels",),
        levels=("claim",),
        output="set",
        caveats=("its promise is a mean over samples to fit on",),
        example=STRUCK_OUT,
    ),
    Method(
        "drift-martingale",
        partial(made, "dubito.calibrate.drift", "DriftMartingale"),
        "evidence, at any time, that the scores of a stream are no longer drawn alike",
        paper="vovk2021",
        family="decision",
        output="decision",
        caveats=("sees no drift that leaves the ranks of the scores as they were",),
        example=WATCHED,
    ),
    Method(
        "ua-comet",
        partial(made, "dubito.calibrate.score_intervals", "ScoreIntervals"),
        "what people would score a text, with an interval, from several passes of a learned metric",
        paper="glushkova2021",
        family="calibration",
        needs=("labels",),
        output="probability",
        calls="0; N passes of the metric",
        caveats=("texts of one document must not be split between fit and test",),
        example=RESCALED,
    ),
    Method(
        "conformal-sets",
        ConformalSets,
        "a set of answers that holds the right one with a promised probability",
        paper="sadinle2019",
        family="decision",
        needs=("labels",),
        output="set",
        caveats=("its promise is on average over questions and over samples to fit on",),
        example=SET_OF_ANSWERS,
    ),
    Method(
        "mondrian-sets",
        partial(ConformalSets, by_kind=True),
        "sets of answers that keep their promise in each kind of question",
        paper="vovk2005",
        family="decision",
        needs=("labels",),
        output="set",
        caveats=("each kind needs its own labels, at least 1 / alpha - 1",),
        example=SETS_BY_KIND,
    ),
    Method(
        "class-conditional-sets",
        partial(ConformalSets, by_class=True),
        "sets that hold each answer as often as promised where it is right, rare ones too",
        paper="sadinle2019",
        family="decision",
        needs=("labels",),
        output="set",
        caveats=("the answers must be the same in all questions; each needs its own labels",),
        example=SETS_BY_CLASS,
    ),
    Method(
        "pac-nps",
        partial(PacSets, boosted_quantile),
        "sets by a threshold that follows the question, wrong no more often than promised",
        paper="park2023",
        family="decision",
        needs=("labels",),
        output="set",
        caveats=("labels are shared between the threshold and its promise",),
        example=PAC_SETS,
    ),
    Method(
        "sdm",
        partial(made, "dubito.calibrate.sdm", "SDM"),
        "probabilities sharp only near known answers that agree, and where to rely on them",
        paper="schmaltz2025",
        family="internal",
        needs=("hidden", "labels"),
        example=VERIFIED,
    ),
    Method(
        "evidential-confusion",
        partial(made, "dubito.calibrate.evidential_confusion", "EvidentialConfusion"),
        "one class, the few that it may be, or none: confusion and ignorance apart",
        paper="fan2023",
        family="internal",
        needs=("hidden", "labels"),
        output="set",
        example=RECOGNISED,
    ),
    Method(
        "spc-uq",
        partial(made, "dubito.calibrate.spc", "SplitPointRegressor"),
        "intervals of a frozen regressor with a level on each side, and a check that it is right",
        paper="zhao2025",
        family="internal",
        needs=("hidden", "labels"),
        output="set",
        separates=True,
        caveats=("errors of one size on both sides hide a bias",),
        example=CHECKED,
    ),
    Method(
        "spc-uq-classes",
        partial(made, "dubito.calibrate.spc_classes", "SplitPointClassifier"),
        "where the mean errors of a frozen classifier are not what its probabilities imply",
        paper="zhao2025",
        family="internal",
        needs=("hidden", "labels"),
        card="spc-uq",
        claim="spc-uq",
        output="rank",
        separates=True,
        example=CLASSES_CHECKED,
    ),
    Method(
        "bayescap",
        partial(made, "dubito.calibrate.bayescap", "BayesCap"),
        "variance and intervals of a frozen regressor, learnt from its outputs alone",
        paper="upadhyay2022",
        family="decision",
        needs=("labels",),
        output="set",
        caveats=("two inputs with one output have one doubt",),
        example=CAPPED,
    ),
    Method(
        "deup",
        partial(made, "dubito.calibrate.deup", "DEUP"),
        "how much worse a regressor is than the best there could be, too simple ones included",
        paper="lahlou2023",
        family="classical",
        needs=("train", "labels"),
        output="rank",
        caveats=("noise counts as ignorance unless its size is given",),
        example=EXCEEDED,
    ),
)
