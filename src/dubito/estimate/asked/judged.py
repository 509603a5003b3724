"""Is a given answer true? How a model is asked, and how its verdict is read [kadavath2022]."""

import re
from collections.abc import Sequence

import numpy as np

from dubito.estimate.asked.options import Read, read_options
from dubito.evidence import Evidence
from dubito.evidence import Sequence as Answer

VERDICTS = ("True", "False")
DENIED = re.compile(r"\bnot\b|n['’]t\b", re.IGNORECASE)
SAID = re.compile(r"\b(true|false)\b", re.IGNORECASE)


def judge_prompt(question: str, answer: str, ideas: Sequence[str] = ()) -> str:
    """Asks whether the answer to the question is true, after answers that came to mind before."""
    came = ["Answers that came to mind:", *(f"- {one_line(idea)}" for idea in ideas)]
    return "\n".join(
        [
            f"Question: {question}",
            *(came if ideas else []),
            f"Proposed answer: {one_line(answer)}",
            "Is the proposed answer true? Reply with one word, True or False.",
        ]
    )


def one_line(text: str) -> str:
    """The text with single spaces, so that an answer of several lines stays one."""
    return " ".join(text.split())


def judge_samples(first: Evidence, samples: int) -> str:
    """The prompt for the greedy answer, after the first so many drawn ones."""
    ideas = [s.text for s in first.samples[:samples]]
    return judge_prompt(first.prompt, first.answer.text, ideas)


def read_verdict(read: Read, prompt: str, answer: str) -> Evidence:
    """P(True) of the answer that the prompt asks about: the whole reply True against False.

    One call of `LocalModel.read`; P(True) + P(False) is scaled to 1.
    """
    p = float(np.exp(read_options(read, prompt, VERDICTS)[0]))
    return Evidence(prompt, Answer(answer), p_true=p)


def verdict(reply: str) -> bool | None:
    """Whether a reply says true or false; None where it says neither, both, or denies one."""
    said = {word.lower() for word in SAID.findall(reply)}
    if len(said) != 1 or DENIED.search(reply):
        return None
    return said == {"true"}


def drawn_verdicts(judged: Evidence) -> tuple[Evidence, ...]:
    """Each sampled reply to the judge's prompt as evidence of its own.

    `stated` is 1 where it says true, 0 for false; a reply that says neither has none.
    """
    found = [(s, verdict(s.text)) for s in judged.samples]
    return tuple(
        Evidence(
            judged.prompt,
            s,
            stated=None if v is None else float(v),
            missing={} if v is not None else {"stated": f"no verdict in {s.text[:60]!r}"},
        )
        for s, v in found
    )
