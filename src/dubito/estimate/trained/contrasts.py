"""Pairs of prompts that differ in one feature, and the states that answers have under them."""

from collections.abc import Sequence
from dataclasses import dataclass

from dubito.evidence import Evidence


@dataclass(frozen=True, eq=False)
class Contrast:
    """The same answers read after prompts that ask for a feature, and after the opposite."""

    name: str
    positive: Sequence[Evidence]  # n >= 2
    negative: Sequence[Evidence]  # n, of the same questions with the same answers

    def __post_init__(self) -> None:
        """Refuse pairs whose states differ by more than the prompt."""
        n, other = len(self.positive), len(self.negative)
        if n != other or n < 2:
            raise ValueError(
                f"contrast {self.name!r} needs as many positive as negative readings, at least 2; "
                f"got {n} and {other}"
            )
        for i, (one, opposite) in enumerate(zip(self.positive, self.negative, strict=True)):
            if one.answer.tokens != opposite.answer.tokens:
                raise ValueError(
                    f"pair {i} of contrast {self.name!r} reads different answers, "
                    f"{one.answer.text!r} and {opposite.answer.text!r}; read the same one twice"
                )


@dataclass(frozen=True)
class ContextQuestion:
    """A question about a text, and the answer stated in a sentence where it is known."""

    question: str
    context: str
    statement: str = ""  # holds the right answer: for fitting alone, never at test time


def plain(asked: ContextQuestion, instruction: str = "") -> str:
    """The prompt that everything is compared with; the answer to judge is read after it."""
    parts = (instruction, f"Text: {asked.context}", f"Question: {asked.question}", "Answer:")
    return "\n".join(part for part in parts if part)


def reliance(asked: ContextQuestion) -> tuple[str, str]:
    """Prompts that want the text alone, and what the model knows by itself."""
    return (
        plain(asked, "Answer from the text below and nothing else; leave out what you know."),
        plain(asked, "Ignore the text below and answer from what you know yourself."),
    )


def honesty(asked: ContextQuestion) -> tuple[str, str]:
    """Prompts that want the truth, and a lie."""
    return (
        plain(asked, "Answer truthfully and say nothing that is not a fact."),
        plain(asked, "Answer as a liar would and say what is not a fact."),
    )


def comprehension(asked: ContextQuestion) -> tuple[str, str]:
    """The plain prompt, and the one whose text also states the answer in so many words.

    Raises:
        ValueError: no statement of the answer.
    """
    if not asked.statement:
        raise ValueError(f"no statement of the answer to {asked.question!r}; give one to fit on")
    eased = ContextQuestion(asked.question, f"{asked.context} {asked.statement}")
    return plain(asked), plain(eased)
