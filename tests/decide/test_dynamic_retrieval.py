"""dynamic-rag-uncertainty: the card's numbers, the loop, its ends, its trace and its budget."""

import math
from collections.abc import Sequence as Many

import numpy as np
import pytest

from dubito.data.worlds.shown import shown
from dubito.decide import DynamicRetrieval
from dubito.decide.asking_along import next_sentence
from dubito.decide.first_sentence import first_sentence, first_sentences
from dubito.estimate.self_report import PTrue
from dubito.estimate.similarity import JACCARD
from dubito.estimate.similarity_graph import DegreeMatrix, Eccentricity, LaplacianEigenvalues
from dubito.estimate.surprise import MinTokenProbability
from dubito.evidence import Evidence, Plan, Sequence, TopK
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import with_passages
from laws import assert_frozen

INF = math.inf


@pytest.mark.parametrize(
    ("texts", "degree", "eccentricity", "eigenvalues"),
    [
        ("aaaa", 0, 0, 1),
        ("abcd", 0.75, math.sqrt(3), 4),
        ("aabb", 0.5, 1, 2),
        ("aaab", 0.375, 1, 2),
        (["paris france", "paris", "rome"], 0.555556, math.sqrt(2), 2.333333),
    ],
)
def test_the_triggers_of_the_card(
    texts: Many[str], degree: float, eccentricity: float, eigenvalues: float
) -> None:
    """All are over the Jaccard index of the sentences' words."""
    evidence = Evidence("?", Sequence("x"), tuple(map(Sequence, texts)))
    k = len(texts)
    for rule, doubt in (
        (DegreeMatrix(k), degree),
        (Eccentricity(k, similarity=JACCARD), eccentricity),
        (LaplacianEigenvalues(k, similarity=JACCARD), eigenvalues),
    ):
        assert rule(evidence).doubt == pytest.approx(doubt, abs=1e-6)


class Author:
    """A model with a script: each step is its sentence, drawn ones, and the one after reading."""

    def __init__(self, *script: tuple[str, list[str], str]) -> None:
        self.name, self.script, self.asked = "author", script, []

    def generate(self, prompts, plan, generation, *, progress=None):  # noqa: ARG002
        for i, prompt in enumerate(prompts):
            asked = generation.ask(prompt)
            self.asked.append(asked)
            if "search query" in asked:
                yield i, Evidence(prompt, Sequence(f"look for {self.step(asked)}"))
                continue
            step = self.step(asked)
            ahead, options, read = self.script[step] if step < len(self.script) else ("", [""], "")
            said = read if f"found {step}" in asked else ahead
            samples = tuple(Sequence(options[k % len(options)]) for k in range(plan.samples))
            yield i, Evidence(prompt, Sequence(said), samples)

    def step(self, asked: str) -> int:
        """How many sentences the answer has so far."""
        if "Answer so far: " not in asked:
            return 0
        return asked.partition("Answer so far: ")[2].partition("\n")[0].count(".")


class Shelf:
    """A retriever that finds one passage for "look for n" and keeps the queries."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], int]] = []

    def __call__(self, queries: Many[str], k: int) -> list[list[str]]:
        self.asked.append((list(queries), k))
        return [[f"found {q.rpartition(' ')[2]}"] for q in queries]


SURE, UNSURE = ["Same words."], ["One thing.", "Other stuff.", "Else again.", "Fourth way."]
SCRIPT = (
    ("First known.", SURE, "First read."),
    ("Second guessed. And more.", UNSURE, "Second read. And on."),
    ("Third known.", SURE, "Third read."),
)
LOOP = DynamicRetrieval(DegreeMatrix(samples=4), threshold=0.4)


def test_only_the_doubtful_sentence_is_looked_up() -> None:
    """K = 4: doubt 0 where all agree, 0.75 where none shares a word with another."""
    author, shelf = Author(*SCRIPT), Shelf()
    [draft] = LOOP(Collector(author), shelf, ["Tell me."])
    assert draft.text == "First known. Second read. Third known."
    assert [s.doubt for s in draft.steps] == pytest.approx([0, 0.75, 0])
    assert [s.tentative for s in draft.steps] == ["First known.", "Second guessed.", "Third known."]
    assert [s.query for s in draft.steps] == ["", "look for 1", ""]
    assert [s.passages for s in draft.steps] == [(), ("found 1",), ()]
    assert shelf.asked == [(["look for 1"], 3)]
    assert draft.retrievals == 1
    assert draft.ended
    # 4 look aheads of 1 + 4, a query and a sentence anew
    assert draft.generations == 4 * 5 + 2
    query = next(a for a in author.asked if "search query" in a)
    for told in ("Tell me.", "so far: First known.", "Perhaps wrong: Second guessed."):
        assert told in query


def test_infinity_is_never_and_below_the_range_is_always() -> None:
    for threshold, retrievals in ((INF, 0), (-0.001, 3), (-INF, 3)):
        loop = DynamicRetrieval(DegreeMatrix(samples=4), threshold=threshold)
        [draft] = loop(Collector(Author(*SCRIPT)), Shelf(), ["Tell me."])
        assert draft.retrievals == retrievals
        read = retrievals > 0
        assert draft.text.startswith("First read." if read else "First known.")
        assert [bool(s.query) for s in draft.steps] == [read] * 3


def test_a_doubt_at_the_threshold_is_not_above_it() -> None:
    for threshold, retrievals in ((0.75, 0), (0.7499, 1)):
        loop = DynamicRetrieval(DegreeMatrix(samples=4), threshold=threshold)
        assert loop(Collector(Author(*SCRIPT)), Shelf(), ["?"])[0].retrievals == retrievals


def test_an_unknown_doubt_is_looked_up() -> None:
    """No token has a log-probability here."""
    loop = DynamicRetrieval(MinTokenProbability(), threshold=1)
    [draft] = loop(Collector(Author(*SCRIPT[:1])), Shelf(), ["?"])
    assert math.isnan(draft.steps[0].doubt)
    assert draft.retrievals == 1


def test_passages_stay_for_the_next_sentence_or_for_all() -> None:
    doubtful = tuple((f"S{i} guessed.", UNSURE, f"S{i} read.") for i in range(3))
    for keep, seen in ((False, ["found 1"]), (True, ["found 0", "found 1"])):
        author = Author(*doubtful)
        loop = DynamicRetrieval(DegreeMatrix(samples=4), threshold=0.4, keep=keep)
        [draft] = loop(Collector(author), Shelf(), ["Tell me."])
        assert draft.text == "S0 read. S1 read. S2 read."
        third = [a for a in author.asked if "so far: S0 read. S1 read." in a]
        assert third[0].startswith(with_passages("Tell me.", seen))


def test_a_spent_budget_writes_on_without_a_retriever() -> None:
    doubtful = tuple((f"S{i} guessed.", UNSURE, f"S{i} read.") for i in range(3))
    for budget, text in (
        (0, "S0 guessed. S1 guessed. S2 guessed."),
        (2, "S0 read. S1 read. S2 guessed."),
    ):
        loop = DynamicRetrieval(DegreeMatrix(samples=4), threshold=0.4, budget=budget)
        [draft] = loop(Collector(Author(*doubtful)), Shelf(), ["?"])
        assert (draft.text, draft.retrievals) == (text, budget)


def test_ends() -> None:
    def text(script: tuple, **options: int) -> str:
        loop = DynamicRetrieval(DegreeMatrix(samples=4), threshold=0.4, **options)
        return loop(Collector(Author(*script)), Shelf(), ["?"])[0].text

    many = tuple((f"S{i} here.", SURE, "") for i in range(9))
    assert text(many) == "S0 here. S1 here. S2 here. S3 here. S4 here."
    assert text(many, sentences=2) == "S0 here. S1 here."
    marked = (many[0], ("So the answer is Lima.", SURE, ""), many[2])
    assert text(marked) == "S0 here. So the answer is Lima."
    repeated = (many[0], ("S0 here.", UNSURE, "Never."), many[2])
    assert text(repeated) == "S0 here."
    assert text((("", UNSURE, "Never."),)) == ""


def test_a_sentence_written_anew_may_end_the_answer_and_is_not_doubted_again() -> None:
    script = (("Known.", SURE, ""), ("Guessed.", UNSURE, "Known."), ("More.", SURE, ""))
    author, shelf = Author(*script), Shelf()
    [draft] = LOOP(Collector(author), shelf, ["?"])
    assert draft.text == "Known."
    assert draft.retrievals == 1  # it was paid for
    assert draft.steps[1].sentence == ""
    assert len(shelf.asked) == 1
    assert draft.generations == 2 * 5 + 2


def test_questions_grow_together_as_they_would_alone() -> None:
    class Two(Author):
        def generate(self, prompts, plan, generation, *, progress=None):  # noqa: ARG002
            for i, prompt in enumerate(prompts):
                other = Author(*(SCRIPT[1:] if "short" in prompt else SCRIPT))
                yield from ((i, e) for _, e in other.generate([prompt], plan, generation))

    shelf = Shelf()
    both = LOOP(Collector(Two()), shelf, ["A long one", "A short one"])
    alone = [LOOP(Collector(Two()), Shelf(), [q])[0] for q in ("A long one", "A short one")]
    assert [d.steps for d in both] == [d.steps for d in alone]
    assert [d.retrievals for d in both] == [1, 1]
    assert LOOP(Collector(Two()), shelf, []) == []


def test_a_model_that_writes_no_query_looks_for_its_question() -> None:
    class Mute(Author):
        def generate(self, prompts, plan, generation, *, progress=None):
            for i, e in super().generate(prompts, plan, generation, progress=progress):
                yield i, Evidence(e.prompt, Sequence(" ")) if "search query" in e.prompt else e

    shelf = Shelf()
    [draft] = LOOP(Collector(Mute(*SCRIPT)), shelf, ["Who was 1"])
    assert shelf.asked == [(["Who was 1"], 3)]
    assert draft.retrievals == 1


def test_the_instruction_for_questions_stays_out_of_requests() -> None:
    author = Author(*SCRIPT)
    LOOP(Collector(author), Shelf(), ["?"], Generation(instruction="Be short."))
    assert not any("Be short" in a for a in author.asked)


def test_readers_of_meaning_see_first_sentences_and_the_bare_question() -> None:
    told: list = []

    def judge(questions: Many[str], rows: Many[Many[str]]) -> list:
        told.extend(zip(questions, rows, strict=True))
        return [(np.eye(len(r)), 1 - np.eye(len(r))) for r in rows]

    loop = DynamicRetrieval(Eccentricity(samples=2), threshold=INF, sentences=2)
    script = (SCRIPT[0], ("Second. And more.", ["One. Two.", "Three. Four."], ""))
    collect = Collector(Author(*script), encoder=list, judge=judge)  # type: ignore[arg-type]
    loop(collect, Shelf(), ["Tell me."])
    assert told[1] == ("Tell me.", ["Second.", "One.", "Three."])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threshold": math.nan}, "NaN"),
        ({"sentences": 0}, "at least 1"),
        ({"passages": 0}, "at least 1"),
        ({"estimator": PTrue()}, "from the inside"),
    ],
)
def test_bad_options(options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DynamicRetrieval(**options)


def test_options_do_not_change() -> None:
    assert_frozen(DynamicRetrieval())
    assert next_sentence("Q?", "", []) == "Q?"
    told = next_sentence("Q?", "So.", ["P."])
    assert told.startswith(with_passages("Q?\nAnswer so far: So.\n", ["P."]))


def test_first_sentence_by_hand() -> None:
    """Two sentences of two tokens: "Ab c." and " D e."; the second begins at 5."""
    offsets = np.array([[0, 2], [2, 5], [5, 7], [7, 10], [10, 10]])
    numbers = np.arange(5.0)
    whole = Sequence(
        "Ab c. D e.",
        ("Ab", " c.", " D", " e.", ""),
        offsets,
        logprobs=-numbers,
        entropies=numbers,
        entropies_upper=numbers + 1,
        uniform_kl=numbers + 2,
        uniform_renyi=numbers + 3,
        top=TopK(np.arange(10).reshape(5, 2), -np.ones((5, 2))),
        relevance=numbers + 4,
        unconditional=-numbers - 1,
    )
    got = first_sentence(whole)
    assert got.text == "Ab c."
    assert got.tokens == ("Ab", " c.")
    for name, first in (
        ("logprobs", 0), ("entropies", 0), ("entropies_upper", 1), ("uniform_kl", 2),
        ("uniform_renyi", 3), ("relevance", 4), ("unconditional", -1),
    ):  # fmt: skip
        values = getattr(got, name)
        assert (len(values), values[0]) == (2, first)
    assert got.top is not None
    assert got.top.ids.tolist() == [[0, 1], [2, 3]]
    assert got.offsets is not None
    assert got.offsets.tolist() == [[0, 2], [2, 5]]


def test_one_sentence_stays_as_it_is_and_words_alone_can_be_cut() -> None:
    one = shown().answer
    short = Sequence("No end", logprobs=np.zeros(3))
    assert first_sentence(short) is short
    assert first_sentence(Sequence("")).text == ""
    cut = first_sentence(Sequence("Dr. X said so. Then more.", ("?",), logprobs=np.zeros(1)))
    assert (cut.text, cut.tokens, cut.logprobs) == ("Dr. X said so.", (), None)
    evidence = first_sentences(shown(1))
    assert evidence.entailment is None
    assert len(evidence.samples) == 10
    assert evidence.answer.text == one.text[:0] + shown(1).answer.text.split(".")[0] + "."


def test_a_trigger_by_tokens_reads_the_first_sentence_alone() -> None:
    """Surprises 0.1 and then, in the second sentence, 9."""

    class Sure(Author):
        def generate(self, prompts, plan, generation, *, progress=None):
            for i, e in super().generate(prompts, plan, generation, progress=progress):
                offsets = np.array([[0, 4], [4, 9]])
                told = Sequence("One. Two.", ("One.", " Two."), offsets, np.array([-0.1, -9.0]))
                yield i, Evidence(e.prompt, told)

    loop = DynamicRetrieval(MinTokenProbability(), threshold=1, sentences=1)
    [draft] = loop(Collector(Sure(*SCRIPT)), Shelf(), ["?"])
    assert (draft.retrievals, draft.steps[0].doubt) == (0, 0.1)
    assert loop.estimator.plan == Plan(logprobs=True)
