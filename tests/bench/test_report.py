"""The report: numbers by hand, hostile text, tiny and one-sided runs, one whole file or none."""

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dubito.bench.evaluate import COMBINED, Results, Selective, evaluate
from dubito.bench.page import cases, costs, headline, kinds, ranking, words
from dubito.bench.page.readings import doubt_of, level_with_best, spokesman, twins
from dubito.bench.plots import rejection_lines, rejection_plot, reliability, reliability_plot
from dubito.bench.report import diagrams, held, page, write_report
from dubito.data.question import Question
from dubito.estimate import Perplexity, PTrue, SemanticEntropy, SequenceProbability
from dubito.evidence import Estimator, Evidence, Missing, Plan, Score
from dubito.extras import MissingExtra
from dubito.models.collect import Cost
from inputs import rich_evidence

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
COST = Cost({"generation": (20.0, 10.0), "encoding": (2.0, 1.0)})
ESTIMATORS: dict[str, Estimator] = {
    "perplexity": Perplexity(),
    "g-nll": SequenceProbability(),
    "semantic-entropy": SemanticEntropy(samples=4),
    "p-true": PTrue(),
}
VOID = {"meta", "br", "hr", "img", "link", "input", "line", "use", "path"}


class Fixed:
    """A doubt that stands in the evidence: its `p_true` field; negative means not measured."""

    plan = Plan(p_true=True)

    def __call__(self, evidence: Evidence) -> Score:
        assert evidence.p_true is not None
        if evidence.p_true < 0:
            raise Missing("the cat sat on it")
        return Score(evidence.p_true)


def questions(right: Sequence[bool], records: Sequence[Evidence], kind: str) -> list[Question]:
    """Questions that these records answer rightly or wrongly."""
    return [
        Question(f"Question {i}?", (e.answer.text if ok else "Zanzibar",), kind, id=e.id)
        for i, (ok, e) in enumerate(zip(right, records, strict=True))
    ]


def run(right: Sequence[bool], *, kind: str = "capital") -> Results:
    """Everything measured on rich evidence with four samples each."""
    records = [rich_evidence(i, 4) for i in range(len(right))]
    return evaluate(questions(right, records, kind), records, ESTIMATORS)


def fixed(doubts: Sequence[float], right: Sequence[bool]) -> Results:
    """One estimator with these doubts; confidence 1 - doubt."""
    records = [
        replace(rich_evidence(i, 2), id=f"q{i}", p_true=d if not math.isnan(d) else -1.0)
        for i, d in enumerate(doubts)
    ]
    results = evaluate(questions(right, records, "k"), records, {"fixed": Fixed()})
    return replace(
        results,
        right=np.array(right),
        second=np.zeros(len(right), dtype=bool),
        confidence={"fixed": 1 - np.array(doubts)},
    )


MIXED = run([i % 3 != 0 for i in range(24)])


class Page(HTMLParser):
    """Tags that open and close in order, the attributes, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID or tag == "path":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    @property
    def seen(self) -> str:
        return " ".join(" ".join(self.text).split())


def read(results: Results, **given: Any) -> Page:
    settings = given.get("settings", {"model": "tiny"})
    return Page(page(results, title=given.get("title", "T"), settings=settings, cost=COST))


def assert_stands_alone(html: str) -> None:
    """No script, no request: every reference points into the page itself."""
    parsed = Page(html)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & set(parsed.tags)
    for name, value in parsed.attributes:
        assert not name.startswith("on"), (name, value)
        if name in {"src", "href", "srcset", "action", "data"}:
            assert value.startswith("#"), (name, value)
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    ids = [value for name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    pointed = re.findall(r'(?:url\(|href=")#([\w.-]+)', html)
    assert set(pointed) <= set(ids)


def test_it_is_one_file_with_all_sections(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "report.html"
    write_report(MIXED, file, title="Doubt", settings={"model": "tiny"}, cost=COST)
    html = file.read_text(encoding="utf-8")
    assert_stands_alone(html)
    assert [f.name for f in file.parent.iterdir()] == ["report.html"]
    seen = Page(html).seen
    for told in (
        "The model was asked 24 questions and was right in 16 of them (67 %).",
        "Which measure of doubt to trust",
        "semantic-entropy",
        "refusing at random",
        "stated confidence",
        "Most doubtful",
        "Least doubtful",
        "By kind of question",
        "processor time",
        "model tiny",
        "dubito bench",
    ):
        assert told in seen.replace("\N{NO-BREAK SPACE}", " "), told


def test_same_results_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / "a.html", tmp_path / "b.html"]
    for file in files:
        write_report(MIXED, file, title="T", settings={}, cost=COST)
    assert files[0].read_bytes() == files[1].read_bytes()


def hostile() -> Results:
    """Every text that a model, a user or a server may write is an attack."""

    def spoilt(e: Evidence) -> Evidence:
        tokens = (EVIL, "", "end")
        answer = replace(
            e.answer,
            text=EVIL + "\ud800",
            tokens=tokens,
            offsets=np.array([[0, len(EVIL)], [len(EVIL), len(EVIL) + 1], [0, 0]]),
            logprobs=np.array([-1.0, -np.inf, -0.1]),
            entropies=np.array([1.0, 0.0, 0.1]),
        )
        samples = tuple(replace(s, text=EVIL) for s in e.samples)
        return replace(e, answer=answer, samples=samples, prompt=EVIL, missing={"stated": EVIL})

    records = [spoilt(e) for e in MIXED.evidence]
    asked = [replace(q, text=EVIL, kind=EVIL, answers=(EVIL,)) for q in MIXED.questions]
    rows = [replace(r, id=r.id + EVIL, left_out=1, reason=EVIL) for r in MIXED.rows]
    return replace(
        MIXED,
        evidence=records,
        questions=asked,
        rows=rows,
        scores={k + EVIL: v for k, v in MIXED.scores.items()},
        confidence=MIXED.confidence | {k + EVIL: v for k, v in MIXED.confidence.items()},
    )


def test_hostile_text_is_text(tmp_path: Path) -> None:
    file = tmp_path / "r.html"
    settings = {EVIL: EVIL, "command": EVIL, "deep": {EVIL: [EVIL]}}
    write_report(hostile(), file, title=EVIL, settings=settings, cost=Cost({EVIL: (1.0, 1.0)}))
    html = file.read_text(encoding="utf-8")
    assert_stands_alone(html)
    assert "<script" not in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html  # shown, not computed
    assert Page(html).seen.count("alert(1)") > 50


def test_one_class_says_why_there_is_no_number() -> None:
    for right, told in ((True, "right"), (False, "wrong")):
        results = run([right] * 4)
        seen = read(results).seen.replace("\N{NO-BREAK SPACE}", " ")
        assert f"all scored answers are {told}" in seen
        assert f"all 4 answers are {told}" in seen
        assert "AUROC and PRR50 of 5 measures: all scored answers" in seen
        assert "nan" not in seen.lower().split()
        assert "n/a" in seen


def test_nothing_scored_survives() -> None:
    results = fixed([math.nan] * 6, [True, False] * 3)
    seen = read(results).seen.replace("\N{NO-BREAK SPACE}", " ")
    assert "fixed: 6 of 6 answers without a score (the cat sat on it)" in seen
    assert "none of the 6 answers has a confidence" in seen
    assert "no answer has a confidence" in seen
    assert "no answer has a score" in seen


def test_black_box_evidence_has_no_colours_and_says_so() -> None:
    plain = [replace(e.only(Plan(samples=4)), entailment=None) for e in MIXED.evidence]
    seen = read(replace(MIXED, evidence=plain)).seen
    assert "No colours: no logprobs for this prompt" in seen
    assert "entailment between them was not collected" in seen


def test_rejection_lines_by_hand() -> None:
    """Doubts 0.1 0.2 0.3 0.4; the second and fourth wrong. Risks: 0/1, 1/2, 1/3, 2/4.

    An oracle answers both right ones first: 0, 0, 1/3, 2/4. Chance is 2/4 throughout.
    """
    own, chance, oracle = rejection_lines(fixed([0.1, 0.2, 0.3, 0.4], [True, False, True, False]))
    assert own.name == "fixed"
    np.testing.assert_allclose(own.x, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(own.y, [0, 1 / 2, 1 / 3, 1 / 2])
    np.testing.assert_allclose(oracle.y, [0, 0, 1 / 3, 1 / 2])
    np.testing.assert_allclose(chance.y, [1 / 2, 1 / 2])


def test_twins_have_one_line() -> None:
    """A rising function of a doubt has the same order of the answers; its mirror image has not."""
    doubled = {n: [replace(s, doubt=2 * s.doubt) for s in of] for n, of in MIXED.scores.items()}
    mirror = {n: [replace(s, doubt=-s.doubt) for s in of] for n, of in MIXED.scores.items()}
    row = next(r for r in MIXED.rows if r.id == "perplexity")
    more = replace(
        MIXED,
        scores=MIXED.scores | {"double": doubled["perplexity"], "mirror": mirror["perplexity"]},
        rows=[row, replace(row, id="double"), replace(row, id="mirror")],
    )
    assert twins(more) == {"double": "perplexity"}
    drawn = [line.name for line in rejection_lines(more)]
    assert drawn == ["perplexity", "mirror", "refusing at random", "an oracle"]


def test_reliability_by_hand() -> None:
    """16 answers in two bins: confidence 0.25 with 2 of 8 right, 0.75 with 8 of 8.

    The exact interval of 8 of 8 ends at 1 and begins at 0.025 ** (1/8) = 0.6306.
    """
    right = [True, True] + [False] * 6 + [True] * 8
    bins = reliability(fixed([0.75] * 8 + [0.25] * 8, right), "fixed")
    assert bins.size.tolist() == [8, 8]
    np.testing.assert_allclose(bins.confidence, [0.25, 0.75])
    np.testing.assert_allclose(bins.accuracy, [0.25, 1])
    np.testing.assert_allclose([bins.low[1], bins.high[1]], [0.025 ** (1 / 8), 1])
    assert bins.low[0] < 0.25 < bins.high[0]


def test_bins_hold_the_test_half() -> None:
    for name in MIXED.confidence:
        assert reliability(MIXED, name).size.sum() == len(MIXED.right)


def test_plots_have_text_and_the_pages_colours() -> None:
    for plot in (rejection_plot(MIXED), reliability_plot(MIXED, COMBINED)):
        assert plot.svg.startswith("<svg viewBox=")
        assert "share" in re.sub(r"<[^>]*>", "", plot.svg)
        assert not re.search(r"#[0-9a-f]{6}|font-family|<style", plot.svg)
        assert "var(--s1)" in plot.svg
        assert not re.search(r"nan|inf", plot.svg, re.IGNORECASE)


def test_plotting_leaves_matplotlib_as_it_was() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    rejection_plot(MIXED)
    assert dict(matplotlib.rcParams) == before


def test_the_two_ends_are_the_test_half_in_order() -> None:
    """Six answers of doubt 0.1 to 0.6: each end holds three; of 5 the middle one is doubtful."""
    results = fixed([0.3, 0.1, 0.6, 0.2, 0.5, 0.4], [True] * 6)
    found = cases.ends(results)
    assert [c.question for c in found.most] == ["Question 2?", "Question 4?", "Question 5?"]
    assert [c.question for c in found.least] == ["Question 1?", "Question 3?", "Question 0?"]
    assert found.most[0].percent == "40\N{NO-BREAK SPACE}%"
    odd = cases.ends(fixed([0.3, 0.1, 0.6, math.nan, 0.5, 0.4], [True] * 6))
    assert (len(odd.most), len(odd.least)) == (3, 2)


def test_case_by_hand() -> None:
    """Four samples, the first three of one meaning: 75 % and 25 %."""
    e = rich_evidence(0, 4)
    same = np.eye(5)
    same[1:4, 1:4] = 1
    results = replace(
        MIXED, evidence=[replace(e, entailment=same, id=x.id) for x in MIXED.evidence]
    )
    case = cases.case(results, 1, 0.5)
    assert [(s.text, s.percent[:2]) for s in case.said] == [
        (e.samples[0].text, "75"),
        (e.samples[3].text, "25"),
    ]
    assert case.right is bool(MIXED.right[1])
    assert "".join(t.text for t in case.tokens) == e.answer.text
    assert e.answer.logprobs is not None
    probability = np.exp(e.answer.logprobs)
    assert [float(t.doubt) for t in case.tokens] == pytest.approx(1 - probability, abs=6e-4)
    assert case.tokens[0].probability.startswith(f"{100 * probability[0]:.0f}")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("?", ("Lima", "lima", "The Lima", "Cusco")), "Lima or Cusco"),
        (Question("?", all_of=(("Peru", "PE"), ("Chile",))), "all of: Peru and Chile"),
        (Question("?", answerable=False, reason="no such king"), "to decline or to ask back (no"),
    ],
)
def test_what_would_have_been_right(question: Question, expected: str) -> None:
    assert cases.wanted(question).startswith(expected)


def test_an_answer_of_several_sentences_shows_each() -> None:
    """Two sentences; the second begins after "not." and its surprise is a mean over its tokens."""
    evidence = rich_evidence(0)
    surprise = -np.asarray(evidence.answer.logprobs)
    first, second = cases.parts(evidence)
    assert f"{first.text} {second.text}" == evidence.answer.text
    assert float(first.surprise) == pytest.approx(surprise[:2].mean(), abs=0.01)
    assert float(second.surprise) == pytest.approx(surprise[2:-1].mean(), abs=0.01)
    one = replace(evidence, answer=replace(evidence.answer, text="One."))
    assert cases.parts(one) == []


def test_promise_in_words() -> None:
    """0.25 of 40 is 10 answers, 0.2 of these 2; with 0.4 wrong it is 4, above the risk of 0.2."""
    kept = headline.promise(Selective("x", 0.2, 0.95, 40, 0.25, 0.2))[0]
    assert "10 of 40 answers" in kept
    assert "2 of those were wrong (20\N{NO-BREAK SPACE}%): within the promise" in kept
    assert "more than promised" in headline.promise(Selective("x", 0.2, 0.95, 40, 0.25, 0.4))[0]
    assert "none of the 40" in headline.promise(Selective("x", 0.2, 0.95, 40, 0.0, math.nan))[0]


def test_who_can_be_told_apart() -> None:
    """Of 40 answers one doubt is perfect, a twin of it nearly so, a third is its opposite."""
    right = [i % 2 == 0 for i in range(40)]
    doubts = {
        "perfect": [float(not ok) + i / 1000 for i, ok in enumerate(right)],
        "nearly": [float(not ok) + i / 1000 + 1.5 * (i == 0) for i, ok in enumerate(right)],
        "opposite": [float(ok) + i / 1000 for i, ok in enumerate(right)],
    }
    base = run(right)
    row = replace(base.rows[0], metrics=MIXED.rows[0].metrics)
    results = replace(
        base,
        right=np.array(right),
        second=np.zeros(40, dtype=bool),
        scores={name: [Score(d) for d in of] for name, of in doubts.items()},
        rows=[replace(row, id=name) for name in doubts],
    )
    assert level_with_best(results) == ["nearly"]
    assert "apart from 1 of the other 2, marked ≈: nearly." in ranking.who_leads(
        results, ["nearly"]
    )
    assert "perfect leads all others" in ranking.who_leads(results, [])


def test_best_values_are_marked_by_their_direction() -> None:
    table = ranking.lines(MIXED, [])
    for k, key in enumerate(ranking.COLUMNS):
        shown = [float(line.cells[k].value.replace(words.MINUS, "-")) for line in table]
        best = max(shown) if ranking.heads()[k].higher_is_better else min(shown)
        assert {v for v, line in zip(shown, table, strict=True) if line.cells[k].best} == {best}, (
            key
        )


def test_kinds_by_hand() -> None:
    """Kind a: 1 of 2 right; kind b: 2 of 2, so that there is nothing to tell apart."""
    results = fixed([0.1, 0.9, 0.2, 0.3], [True, False, True, True])
    asked = [replace(q, kind=k) for q, k in zip(results.questions, "aabb", strict=True)]
    a, b = kinds.kinds(replace(results, questions=asked))
    assert (a.name, a.counts, a.accuracy, a.auroc) == ("a", "1 of 2", 0.5, "1.00")
    assert (b.name, b.counts, b.accuracy, b.auroc) == ("b", "2 of 2", 1.0, "n/a")
    assert b.bar is None
    assert "all right" in b.interval


def test_cost_by_hand() -> None:
    """1 s of encoding and 0.5 s of scoring beside 10 s of generation: 15 %; 24 questions."""
    results = replace(MIXED, scoring_seconds=0.5)
    found = {s.name: s for s in costs.stages(results, COST)}
    assert list(found) == ["generation", "encoding", "scoring"]
    assert found["encoding"].share == pytest.approx(0.1)
    assert found["encoding"].each == "42\N{NO-BREAK SPACE}ms"  # 1000 / 24
    assert found["scoring"].wall == "n/a"
    assert "took 15\N{NO-BREAK SPACE}%" in costs.overhead(results, COST)
    assert "Nothing was generated" in costs.overhead(results, Cost())


def test_settings_are_flattened() -> None:
    told = {"a_b": {"c": True, "d": None, "e": 1e-5}, "f": (1, "g")}
    assert list(costs.flat(told)) == [
        ("a b: c", "yes"),
        ("a b: d", "not set"),
        ("a b: e", "1e-05"),
        ("f", "1, g"),
    ]


def test_numbers_as_words() -> None:
    space = words.SPACE
    assert [words.number(x) for x in (0.126, -0.004, -0.126, math.nan, -math.inf)] == [
        "0.13",
        "0.00",
        f"{words.MINUS}0.13",
        "n/a",
        f"{words.MINUS}∞",
    ]
    assert [words.percent(x) for x in (0, 0.004, 0.5, 0.996, 1)] == [
        f"{x}{space}%" for x in ("0", "0.4", "50", "99.6", "100")
    ]
    assert [words.seconds(x) for x in (0.0421, 1.25, 61.4, 3600)] == [
        f"42{space}ms",
        f"1.2{space}s",
        f"1{space}min 1{space}s",
        f"60{space}min 0{space}s",
    ]
    assert words.counted(1, "answer") == f"1{space}answer"
    assert words.counted(1200, "answer") == f"1{space}200{space}answers"
    assert words.listed(["a", "b", "c"], at_most=2) == "a, b and 1 more"
    assert words.listed(["a", "b"], last="or") == "a or b"


def test_the_combination_speaks_where_there_is_one() -> None:
    assert spokesman(MIXED) == COMBINED
    np.testing.assert_allclose(doubt_of(MIXED, COMBINED), 1 - MIXED.confidence[COMBINED])
    alone = fixed([0.1, 0.2, 0.3, 0.4], [True, False, True, False])
    assert spokesman(alone) == "fixed"
    assert [d.name for d in diagrams(alone)] == ["fixed"]
    single = replace(MIXED, rows=MIXED.rows[:1])
    assert "only measure" in ranking.who_leads(single, [])
    assert not any(cell.best for cell in ranking.lines(single, [])[0].cells)


def test_how_many_answers_stand_behind_a_point() -> None:
    assert held([8, 8]) == "8\N{NO-BREAK SPACE}answers in each of 2\N{NO-BREAK SPACE}points"
    assert held([2]).endswith("1\N{NO-BREAK SPACE}point")
    assert held([3, 4, 3]).endswith("hold 3, 4 and 3 answers")


def test_a_full_disk_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(b"old")

    def half_written(self: Path, html: str, **_: str) -> None:
        self.write_bytes(html[: len(html) // 2].encode())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half_written)
    with pytest.raises(OSError, match="No space left"):
        write_report(MIXED, file, title="T", settings={}, cost=COST)
    assert [f.name for f in tmp_path.iterdir()] == ["report.html"]
    assert file.read_bytes() == b"old"


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_a_missing_extra_is_named(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=re.escape("dubito[report]")):
        write_report(MIXED, tmp_path / "r.html", title="T", settings={}, cost=COST)
    assert list(tmp_path.iterdir()) == []
