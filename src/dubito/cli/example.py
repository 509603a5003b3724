"""Lines that run: how a method is called, with evidence that is made up."""

from dubito.catalogue import Entry
from dubito.estimate import ASKED, TRAINED

ESTIMATED = """\
import dubito
from dubito.data.worlds.shown import shown

using = dubito.estimators(["{id}"])
evidence = shown(samples={samples})  # made up; of a model: dubito.ask("Who?", using=using)
score = dubito.score(evidence, using)["{id}"]
print(score.doubt)
"""
FITTED = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

method = find("{id}").method.make()
known = [shown(seed, samples={samples}).only(method.plan) for seed in range(40)]  # made up
wrong = [seed % 3 == 0 for seed in range(40)]  # made up; graded by you
method.fit(known, wrong)
score = method(shown(40, samples={samples}).only(method.plan))
print(score.doubt)
"""
ASKED_AGAIN = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

method = find("{id}").method.make()
ways = [shown(seed, samples={samples}) for seed in range(13)]  # made up: one question, 13 ways
score = method([evidence.only(method.plan) for evidence in ways])
print(score.doubt)
"""
CALIBRATED = """\
from dubito.catalogue import find

doubt, right = [0.1, 0.3, 0.4, 0.9, 1.2, 1.5], [1, 1, 1, 0, 1, 0]
method = find("{id}").method.make().fit(doubt, right)
print(method.predict_proba([0.2, 1.4])[:, 1])  # how likely these are right
"""
DECIDED = """\
from dubito.catalogue import find

doubt, wrong = [k / 100 for k in range(100)], [k % 10 > 90 - k for k in range(100)]
method = find("{id}").method.make().fit(doubt, wrong)
print(method.predict([0.02, 0.98]))  # answer these?
"""
MADE = """\
from dubito.catalogue import find

items = find("{id}").method.make()
print(items)
"""
BY_ROOM = {"calibrate": CALIBRATED, "decide": DECIDED, "data": MADE}


def example(entry: Entry) -> str:
    """The row's own lines, else those of its form."""
    method = entry.method
    if method.example:
        return method.example
    if entry.room != "estimate":
        return BY_ROOM[entry.room].format(id=method.id)
    form = FITTED if method in TRAINED else ASKED_AGAIN if method in ASKED else ESTIMATED
    return form.format(id=method.id, samples=method.make().plan.samples)
