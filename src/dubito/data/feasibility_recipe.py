"""How to have a model write new requests, and to keep those that are new and of even length.

The paper's way [zhang2024f]: a definition, three examples, many rounds; duplicates out; lengths of
both classes matched. What a model wrote still needs a look by eye.
"""

from collections.abc import Iterable, Sequence
from random import Random

from dubito.data.feasibility import Category, Request, every
from dubito.data.listing import unmarked
from dubito.maths.strings import jaccard

FORM = (
    "Write {n} different instructions that somebody might give to an assistant. Each is one short "
    "imperative sentence on a line of its own. {definition}\nExamples:\n{examples}"
)
NEEDS = "To follow them needs {lacks}, so that a program which only reads and writes text cannot."
NEEDS_TEXT = "A program which only reads and writes text can follow every one of them."
DRAWN = 50  # of which three are different enough
WIDTH = 4  # words that lengths of one class may span


def recipe(category: Category | None = None, *, n: int = 30, seed: int = 0) -> str:
    """The prompt for n requests of a category, or feasible ones, with three drawn examples."""
    drawn = Random(seed).sample(every(category), DRAWN)
    examples = [request.text for request in fresh(drawn)[:3]]
    definition = NEEDS_TEXT if category is None else NEEDS.format(lacks=category.value)
    return FORM.format(n=n, definition=definition, examples="\n".join(examples))


def read_requests(reply: str, category: Category | None = None) -> list[Request]:
    """The requests that a model has written, one a line, without the marks of a list."""
    lines = [line.strip() for line in unmarked(reply).splitlines() if line.strip()]
    kind, lacks = ("feasible", "") if category is None else (category.name, category.value)
    return [Request(line, kind, lacks) for line in lines]


def fresh(requests: Iterable[Request], *, most_alike: float = 0.7) -> list[Request]:
    """Those that share at most this part of their words with every one kept before them."""
    kept: list[Request] = []
    for request in requests:
        if all(jaccard(request.text, other.text) <= most_alike for other in kept):
            kept.append(request)
    return kept


def length_matched(requests: Sequence[Request], *, seed: int = 0) -> list[Request]:
    """As many feasible as infeasible ones of each length, four words to a class, drawn at random.

    So that nobody can tell the two apart by how long they are.
    """
    random = Random(seed)
    kept: list[Request] = []
    classes = sorted({span(request) for request in requests})
    for length in classes:
        same = [request for request in requests if span(request) == length]
        able, unable = ([r for r in same if r.feasible is side] for side in (True, False))
        n = min(len(able), len(unable))
        kept += random.sample(able, n) + random.sample(unable, n)
    random.shuffle(kept)
    return kept


def span(request: Request) -> int:
    """The class of its length in words."""
    return len(request.text.split()) // WIDTH
