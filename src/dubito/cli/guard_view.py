"""A guard and its answers as the terminal shows them."""

import math

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dubito.answer import Answer
from dubito.cli.answer_view import show
from dubito.guard import Abstain, Escalate, Guard, Retrieve
from dubito.guard.judged import Judged


def show_guarded(answer: Answer, console: Console) -> None:
    """What was done and why; then the model's answer, marked where it is withheld."""
    colour = "yellow" if answer.action == "abstain" else "green"
    line = Text(f"{answer.action}: ", style=f"bold {colour}")
    console.print(Padding(line.append(answer.text, style="default"), (1, 1, 0, 1)))
    for reason in answer.reasons:
        console.print(Padding(Text(reason, style="dim"), (0, 1)))
    for passage in answer.passages:
        console.print(Padding(Text(f"read: {passage}", style="dim"), (0, 1)))
    spent = answer.cost
    told = f"{spent.generations} generations, {spent.tokens} tokens, {spent.seconds:.1f} s"
    console.print(Padding(Text(told, style="dim"), (0, 1)))
    if answer.action == "abstain":
        console.print(Padding(Text("what it would have said:", style="dim"), (1, 1, 0, 1)))
    show(answer, console)


def promise_line(guard: Guard) -> str:
    """What the fitted guard promises, in a sentence."""
    step, router, n = guard.abstain, guard.fitted(), len(guard.fitted_on_)
    if step is None or router.promise is None:
        return f"Fitted on {n} questions; every question is answered, nothing is promised."
    promise = (
        f"Fitted on {n} questions. At most {step.risk:.0%} of the answers given are wrong, with "
        f"{step.confidence:.0%} confidence; "
    )
    if router.promise.threshold_ == -math.inf:
        return promise + "no threshold keeps this, so everything is withheld: give more labels, a "
        "better model or a higher --risk."
    limit = 1 - router.promise.threshold_
    if limit == -math.inf:
        return promise + "every confidence is enough for this."
    return promise + f"answers with a confidence above {limit:.2f} are given."


def inspected(guard: Guard) -> Table:
    """Model, estimators, steps, thresholds."""
    router = guard.fitted()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    named = guard.model if isinstance(guard.model, str) else guard.model.name
    table.add_row("model", named)
    table.add_row("doubt", f"{', '.join(guard.names)}; {guard.samples} samples")
    limits = iter(router.thresholds_)
    for step in guard.policy:
        if isinstance(step, Abstain):
            continue
        limit = min(max(1 - next(limits), 0.0), 1.0)
        table.add_row(step_name(step), f"if confidence is not above {limit:.2f} ({target(step)})")
    table.add_row("promise", promise_line(guard))
    return table


def step_name(step: Retrieve | Escalate) -> str:
    """What the step does."""
    return "retrieve" if isinstance(step, Retrieve) else "escalate"


def target(step: Retrieve | Escalate) -> str:
    """What its threshold was chosen for."""
    gate = step.gate
    if gate.budget is not None:
        return f"at most {gate.budget:.0%} of the questions"
    return f"at most {gate.risk:.0%} wrong of those that stay"


def judged_table(found: Judged) -> Table:
    """The promise beside what was counted, the gain with its interval, and the cost."""
    table = Table(
        title=f"{found.questions} fresh questions" + (f", {found.seen} seen" if found.seen else ""),
        box=SIMPLE_HEAD,
        show_header=False,
    )
    table.add_column(style="dim")
    table.add_column()
    table.add_row("unguarded", f"{found.unguarded:.0%} right")
    table.add_row("guarded", f"{share(found.right)} right of the {found.answered:.0%} answered")
    table.add_row(
        "gain",
        "n/a, nothing was answered"
        if math.isnan(found.gain.estimate)
        else f"{found.gain.estimate:+.2f} [{found.gain.low:+.2f}, {found.gain.high:+.2f}]",
    )
    if found.promised is not None:
        told = f"at most {found.promised:.0%}; counted {share(1 - found.right)}"
        table.add_row("wrong answers", f"{told}, at most {found.wrong_upper:.0%} (95 % bound)")
    table.add_row("actions", ", ".join(f"{k} {v}" for k, v in sorted(found.actions.items())))
    spent = found.spent
    table.add_row(
        "cost",
        f"{spent.generations} generations, {spent.tokens} tokens, {spent.retrievals} retrievals, "
        f"{spent.escalations} escalations, {spent.seconds:.0f} s",
    )
    table.add_row("Brier score", f"{found.brier:.3f}")
    return table


def share(value: float) -> str:
    """A percentage, or n/a."""
    return "n/a" if math.isnan(value) else f"{value:.0%}"
