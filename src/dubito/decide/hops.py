"""Several retrievals on the way to one answer: think, search, read, think again [trivedi2023]."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dubito.decide.asking_along import answered, bare, next_thought, search_query, texts
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import Retriever, with_passages


@dataclass(slots=True)
class Trail:
    """One question on its way to an answer."""

    question: str
    text: str = ""
    thoughts: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)  # one a retrieval
    found: list[str] = field(default_factory=list)
    generations: int = 0
    ended: bool = False

    @property
    def passages(self) -> tuple[str, ...]:
        """All that was found, each once, in order."""
        return tuple(dict.fromkeys(self.found))


def in_hops(
    trails: Sequence[Trail],
    collect: Collector,
    retrieve: Retriever,
    generation: Generation,
    *,
    hops: int,
    passages: int,
) -> None:
    """Answer each trail from all that at most `hops` retrievals find.

    A hop is a thought, a query for what it lacks, and a retrieval. A thought with the mark of an
    answer ends the search once there is something to read. All trails hop together, in batches.
    """
    for _ in range(hops):
        think([t for t in trails if not t.ended], collect, generation)
        search([t for t in trails if not t.ended], collect, retrieve, generation, passages)
    read = [with_passages(t.question, t.passages) for t in trails]
    for trail, text in zip(trails, texts(collect, read, generation), strict=True):
        trail.text = text
        trail.generations += 1


def think(trails: Sequence[Trail], collect: Collector, generation: Generation) -> None:
    """One more thought for each trail, which may be its last."""
    asked = [next_thought(t.question, t.thoughts, t.passages) for t in trails]
    for trail, thought in zip(trails, texts(collect, asked, bare(generation)), strict=True):
        trail.thoughts.append(thought)
        trail.generations += 1
        trail.ended = bool(trail.found) and answered(thought)


def search(
    trails: Sequence[Trail],
    collect: Collector,
    retrieve: Retriever,
    generation: Generation,
    passages: int,
) -> None:
    """One more query and what it finds; a model that writes none asks its question."""
    asked = [search_query(t.question, " ".join(t.thoughts[:-1]), t.thoughts[-1]) for t in trails]
    written = texts(collect, asked, bare(generation))
    queries = [query or t.question for t, query in zip(trails, written, strict=True)]
    found = retrieve(queries, passages) if queries else []
    for trail, query, some in zip(trails, queries, found, strict=True):
        trail.queries.append(query)
        trail.generations += 1
        trail.found.extend(some)
