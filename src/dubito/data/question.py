"""The question as every room knows it: its words, its right answers, what must not be named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256


class DataError(ValueError):
    """A question or a file of questions cannot be used; the message says where and how to mend."""


def stable_id(text: str, kind: str = "") -> str:
    """12 hexadecimal digits that depend on the words and the kind alone: equal on every machine."""
    return sha256(f"{kind}\n{text}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its right answers.

    Attributes:
        answers: names of right answers, each enough alone. Of an unanswerable question: further
            words that count as seeing through it.
        kind: what sort of question this is, for tables.
        all_of: the names of each thing that must be named, where a complete list is asked for.
        answerable: False where the only right reply is to decline or to ask back.
        reason: why it is not answerable.
        rivals: names of the same sort; one that is not right and comes first makes a reply wrong.
    """

    text: str
    answers: tuple[str, ...] = ()
    kind: str = ""
    id: str = ""
    all_of: tuple[tuple[str, ...], ...] = ()
    answerable: bool = True
    reason: str = ""
    rivals: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse what nobody could answer or judge."""
        if not self.text.strip():
            raise DataError("empty question; give it words or leave it out")
        if any(not name.strip() for name in (*self.answers, *sum(self.all_of, ()))):
            raise DataError(f"an empty answer among those of {self.text!r}; leave it out")
        if self.answerable and not (self.answers or self.all_of):
            raise DataError(
                f"no right answer for {self.text!r}; give one, or set answerable to false"
            )
        if not self.id:
            object.__setattr__(self, "id", stable_id(self.text, self.kind))


def with_answers(
    questions: Sequence[Question] | Sequence[str], answers: Sequence[str | Sequence[str]] | None
) -> list[Question]:
    """Questions as they are, or texts with a right answer, or several ways to say it, for each.

    Raises:
        ValueError: texts without as many answers.
    """
    made = [q for q in questions if isinstance(q, Question)]
    if answers is None and len(made) == len(questions):
        return made
    if answers is None or len(answers) != len(questions):
        given = "none" if answers is None else str(len(answers))
        raise ValueError(f"each of {len(questions)} questions needs its answer, got {given}")
    pairs = zip(questions, answers, strict=True)
    return [Question(str(q), (a,) if isinstance(a, str) else tuple(a)) for q, a in pairs]
