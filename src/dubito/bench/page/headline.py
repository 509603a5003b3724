"""The result in a few sentences and four figures, for a reader who does not know the field."""

import math
from dataclasses import dataclass

from dubito.bench.evaluate import COMBINED, Results, Row, Selective
from dubito.bench.page.readings import best_single
from dubito.bench.page.words import counted, number, percent


@dataclass(frozen=True, slots=True)
class Figure:
    """One large number."""

    value: str
    label: str
    note: str


def figures(results: Results) -> list[Figure]:
    """Accuracy, the best estimator, the combination, the share that the rule answers."""
    right, n = int(results.right.sum()), len(results.right)
    shown = [Figure(percent(right / n), "right answers", f"{right} of {n}")]
    single = best_single(results)
    if single:
        shown.append(Figure(ranked(single), "best single measure", f"AUROC of {single.id}"))
    together = combination(results)
    if together:
        shown.append(Figure(ranked(together), "all measures combined", "AUROC"))
    rule = results.selective
    wrong = f"{percent(rule.wrong)} of them wrong" if rule.answered else "none could be promised"
    shown.append(Figure(percent(rule.answered), "answered under the promise", wrong))
    return shown


def ranked(row: Row) -> str:
    """A row's AUROC."""
    return number(row.metrics["auroc"].estimate)


def combination(results: Results) -> Row | None:
    """The row of all estimators together, where there are several."""
    return next((row for row in results.rows if row.id == COMBINED), None)


def sentences(results: Results) -> list[str]:
    """How often right; what doubt can tell; what the rule promised and did."""
    right, n = int(results.right.sum()), len(results.right)
    return [
        f"The model was asked {counted(n, 'question')} and was right in {right} of them "
        f"({percent(right / n)}).",
        telling(results),
        *promise(results.selective),
    ]


def telling(results: Results) -> str:
    """How well doubt tells a wrong answer from a right one."""
    single, together = best_single(results), combination(results)
    if single is None:
        return "Nothing measured its doubt."
    interval = single.metrics["auroc"]
    if math.isnan(interval.estimate):
        return "Whether doubt tells wrong answers from right ones cannot be said: " + one_class(
            results
        )
    told = (
        "Shown one wrong and one right answer, the best single measure of its doubt "
        f"({single.id}) points at the wrong one in {percent(interval.estimate)} of cases "
        f"(95\N{NO-BREAK SPACE}% interval: {percent(interval.low)} to {percent(interval.high)}; "
        "tossing a coin: 50\N{NO-BREAK SPACE}%)"
    )
    if together is None:
        return f"{told}."
    measures = counted(len(results.scores), "measure")
    share = percent(together.metrics["auroc"].estimate)
    return f"{told}; all {measures} combined do so in {share}."


def one_class(results: Results) -> str:
    """Why the answers allow no comparison."""
    right = results.right
    if right.all() or not right.any():
        kind, other = ("right", "wrong") if right.all() else ("wrong", "right")
        return (
            f"all {counted(len(right), 'answer')} are {kind}, "
            f"so there is no {other} one to compare with."
        )
    return "too few answers have a score."


def promise(rule: Selective) -> list[str]:
    """What the selective rule promised, and what came of it on answers it had not seen."""
    n = rule.asked
    limit = percent(rule.risk)
    promised = (
        "It need not answer everything. A rule that lets an answer out only when doubt is low "
        f"promised, with {percent(rule.confidence)} confidence, that in the long run at most "
        f"{limit} of the answers let out are wrong."
    )
    if not rule.answered:
        return [
            f"{promised} It let out none of the {counted(n, 'question')} of the other half: the "
            "answers it learned from were too few, or too often wrong, for such a promise."
        ]
    answered = round(rule.answered * n)
    wrong = round(rule.wrong * answered)
    kept = (
        "within the promise"
        if rule.wrong <= rule.risk
        else "more than promised, as may happen in a small sample or on other kinds of question"
    )
    return [
        f"{promised} On the other half of the questions it let out {answered} of {n} answers "
        f"({percent(rule.answered)}); {wrong} of those {'was' if wrong == 1 else 'were'} wrong "
        f"({percent(rule.wrong)}): {kept}."
    ]
