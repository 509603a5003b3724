"""The engine against plain passes of the same model: same tokens, same numbers, in any company."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from dubito.models.decoding import Decoder
from dubito.models.jobs import Job, Trace
from dubito.models.rows import Rows
from models.tiny import FAMILIES, decoded, foreseen, jobs_of, random_prompts, tiny_model

V = 300
STOP = frozenset(range(0, V, 12))
LENGTHS = (1, 40, 3, 17, 90, 5, 2, 11, 60, 7, 29)  # shortest beside longest: much left padding
NUMBERS = ("logprobs", "entropies", "uniform_kl", "uniform_renyi")


@pytest.fixture(scope="module", params=FAMILIES)
def any_model(request: pytest.FixtureRequest) -> PreTrainedModel:
    """Rotary positions, learned ones (which see a wrong offset), and a sliding window of 8."""
    return tiny_model(V, family=request.param)


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return tiny_model(V)


def assert_teacher_forced(trace: Trace, model: PreTrainedModel, prompt: list[int]) -> None:
    """Every number is that of a plain pass over prompt and answer, to 1e-4 nats."""
    logp = foreseen(model, prompt, trace.ids.tolist())  # [T, V]
    p = np.exp(logp)
    expected = (
        np.take_along_axis(logp, trace.ids[:, None], axis=1)[:, 0],
        -(p * logp).sum(axis=1),
        -np.log(V) - logp.mean(axis=1),
        np.log(V) - 2 * np.log(np.sqrt(p).sum(axis=1)),
    )
    for name, value in zip(NUMBERS, expected, strict=True):
        np.testing.assert_allclose(getattr(trace, name), value, atol=1e-4, err_msg=name)


def assert_same(one: Trace, other: Trace, *, tokens: int | None = None) -> None:
    """The same ids, and the same numbers up to rounding; of the first tokens if asked."""
    np.testing.assert_array_equal(one.ids[:tokens], other.ids[:tokens])
    for name in NUMBERS:
        a, b = getattr(one, name), getattr(other, name)
        np.testing.assert_allclose(a[:tokens], b[:tokens], atol=1e-4, err_msg=name)


def test_greedy_is_generate(any_model: PreTrainedModel) -> None:
    prompts = random_prompts(LENGTHS)
    traces = decoded(Decoder(any_model, STOP, rows=4), jobs_of(prompts, samples=0, length=24))
    ends = set()
    for j, ids in enumerate(prompts):
        out = any_model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            do_sample=False,
            max_new_tokens=24,
            eos_token_id=list(STOP),
            pad_token_id=0,
        )
        assert traces[j, 0].ids.tolist() == out[0, len(ids) :].tolist()
        ends.add(len(traces[j, 0].ids))
    assert len(ends) > 3  # rows left at different times


@pytest.mark.parametrize("rows", [1, 3, 7, 64])
def test_numbers_are_teacher_forced(any_model: PreTrainedModel, rows: int) -> None:
    """3 and 7 rows: slots are used again and again; 64: rows leave and the rest closes up."""
    prompts = random_prompts(LENGTHS)
    decoder = Decoder(any_model, STOP, rows=rows, distribution=True, sample_distributions=True)
    traces = decoded(decoder, jobs_of(prompts, samples=3, length=30))
    for (job, _), trace in traces.items():
        assert_teacher_forced(trace, any_model, prompts[job])
    assert len({len(t.ids) for t in traces.values()}) > 8


def test_rows_close_up_when_nothing_waits(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps get narrower as rows end, and no step is wider than asked."""
    widths: list[int] = []
    forward = Decoder.forward

    def spied(
        self: Decoder, ids: torch.Tensor, cache: Rows, fresh: torch.Tensor, *, keep: int = 1
    ) -> torch.Tensor:
        widths.extend([len(ids)] if ids.shape[1] == 1 else [])
        return forward(self, ids, cache, fresh, keep=keep)

    monkeypatch.setattr(Decoder, "forward", spied)
    prompts = random_prompts([5] * 10)
    traces = decoded(Decoder(model, STOP, rows=30), jobs_of(prompts, samples=3, length=30))
    assert max(widths) <= 30
    assert min(widths) <= 4
    assert sum(widths) < 1.5 * sum(len(t.ids) - 1 for t in traces.values())  # tokens read again


def test_a_row_does_not_depend_on_its_company(any_model: PreTrainedModel) -> None:
    """One row at a time, sixteen side by side, reversed, alone, among fewer samples: the same."""
    prompts = random_prompts(LENGTHS)
    jobs = jobs_of(prompts, samples=3, length=20)
    n = len(jobs)

    def decode(rows: int, some: list[Job]) -> dict[tuple[int, int], Trace]:
        return decoded(
            Decoder(any_model, STOP, rows=rows, distribution=True, sample_distributions=True), some
        )

    one, sixteen = decode(1, jobs), decode(16, jobs)
    turned = decode(16, jobs[::-1])
    alone = decode(16, jobs[4:5])
    fewer = decode(16, [replace(j, draws=j.draws[:2]) for j in jobs])
    for (job, row), trace in sixteen.items():
        assert_same(trace, one[job, row])
        assert_same(trace, turned[n - 1 - job, row])
        if job == 4:
            assert_same(trace, alone[0, row])
        if row < 2:
            assert_same(trace, fewer[job, row])


def test_same_seed_same_bits(model: PreTrainedModel) -> None:
    prompts = random_prompts(LENGTHS)
    decoder = Decoder(model, STOP, rows=5, distribution=True, sample_distributions=True)
    first, again, other = (
        decoded(decoder, jobs_of(prompts, samples=2, length=12, seed=s)) for s in (3, 3, 4)
    )
    for key, trace in first.items():
        for name in ("ids", *NUMBERS):
            np.testing.assert_array_equal(getattr(trace, name), getattr(again[key], name))
        assert (trace.ids.tolist() == other[key].ids.tolist()) == (key[1] == 0), key


def test_samples_of_a_prompt_differ(model: PreTrainedModel) -> None:
    traces = decoded(Decoder(model, frozenset()), jobs_of(random_prompts([6]), samples=5, length=8))
    assert len({tuple(t.ids) for t in traces.values()}) == 6


def test_a_shorter_limit_cuts_the_same_answer(model: PreTrainedModel) -> None:
    prompts = random_prompts(LENGTHS)
    decoder = Decoder(model, STOP, rows=9, distribution=True, sample_distributions=True)
    short, long = (decoded(decoder, jobs_of(prompts, samples=3, length=n)) for n in (5, 20))
    cut = 0
    for key, trace in short.items():
        assert_same(trace, long[key], tokens=len(trace.ids))
        finished = trace.ids[-1] in STOP
        assert len(trace.ids) == (len(long[key].ids) if finished else 5)
        cut += not finished
    assert 5 < cut < len(short) - 5


def test_answers_end_at_the_first_end_token(model: PreTrainedModel) -> None:
    traces = decoded(
        Decoder(model, STOP, rows=9), jobs_of(random_prompts(LENGTHS), samples=5, length=30)
    )
    for trace in traces.values():
        assert not STOP & set(trace.ids[:-1].tolist())
        assert trace.ids[-1] in STOP or len(trace.ids) == 30


@pytest.mark.parametrize("rows", [1, 8])
def test_an_end_token_at_once_is_an_empty_answer(model: PreTrainedModel, rows: int) -> None:
    """Whatever comes first is an end token: T = 1, and no slot is ever used."""
    prompts = random_prompts([3, 12])
    decoder = Decoder(
        model, frozenset(range(V)), rows=rows, distribution=True, sample_distributions=True
    )
    for (job, _), trace in decoded(decoder, jobs_of(prompts, samples=4, length=10)).items():
        assert len(trace.ids) == 1
        assert_teacher_forced(trace, model, prompts[job])


def test_some_answers_are_empty_and_others_go_on(model: PreTrainedModel) -> None:
    prompts = random_prompts(LENGTHS)
    decoder = Decoder(
        model, frozenset(range(0, V, 3)), rows=4, distribution=True, sample_distributions=True
    )
    traces = decoded(decoder, jobs_of(prompts, samples=6, length=8))
    assert [len(t.ids) for t in traces.values()].count(1) > 10
    assert max(len(t.ids) for t in traces.values()) > 3
    for (job, _), trace in traces.items():
        assert_teacher_forced(trace, model, prompts[job])


def test_one_token_and_no_more(model: PreTrainedModel) -> None:
    prompts = random_prompts([3, 12, 5])
    for (job, row), trace in decoded(
        Decoder(model, STOP), jobs_of(prompts, samples=2, length=1)
    ).items():
        assert len(trace.ids) == 1
        if row == 0:
            assert trace.ids[0] == foreseen(model, prompts[job], [0])[0].argmax()


def test_top_of_greedy_rows(model: PreTrainedModel) -> None:
    prompts = random_prompts(LENGTHS)
    traces = decoded(Decoder(model, STOP, rows=3, top_k=4), jobs_of(prompts, samples=2, length=12))
    for (job, row), trace in traces.items():
        assert trace.entropies is None  # not asked for
        if row:
            assert trace.top is None
            continue
        assert trace.top is not None
        logp = foreseen(model, prompts[job], trace.ids.tolist())
        order = np.argsort(-logp, axis=1)[:, :4]
        np.testing.assert_array_equal(trace.top.ids, order)
        np.testing.assert_allclose(
            trace.top.logprobs, np.take_along_axis(logp, order, axis=1), atol=1e-4
        )


@pytest.mark.parametrize("rows", [2, 40])
@pytest.mark.parametrize(
    "extra", [[3] * 11, [4, 1, 7, 3, 2, 6, 5, 1, 2, 3, 4]], ids=["even", "uneven"]
)
def test_kept_caches_hold_prompt_and_answer(
    any_model: PreTrainedModel, extra: list[int], rows: int
) -> None:
    """All but the last token was read: what follows it is as if everything were read anew."""
    prompts = random_prompts(LENGTHS)
    decoder = Decoder(
        any_model, STOP, rows=rows, keep_past=True, distribution=True, sample_distributions=True
    )
    traces = decoded(decoder, jobs_of(prompts, samples=2, length=9))
    following = random_prompts(extra)
    asked = []
    for job, turn in enumerate(following):
        trace = traces[job, 0]
        assert all(traces[job, k].past is None for k in (1, 2))
        assert trace.past is not None
        assert trace.past.seen.sum() == len(prompts[job]) + len(trace.ids) - 1
        greedy = np.full((1, 6), -1, dtype=np.float32)
        asked.append(Job([int(trace.ids[-1]), *turn], greedy, past=trace.past))
    again = decoded(
        Decoder(any_model, STOP, rows=rows, distribution=True, sample_distributions=True), asked
    )
    for (job, _), trace in again.items():
        before = [*prompts[job], *traces[job, 0].ids.tolist(), *following[job]]
        assert_teacher_forced(trace, any_model, before)
        assert trace.ids[0] == foreseen(any_model, before, [0])[0].argmax()


def test_kept_caches_of_empty_answers_hold_the_prompt(model: PreTrainedModel) -> None:
    """All ended at once, in one group: each has its own prompt behind it."""
    prompts = random_prompts([3, 12, 5])
    eager = Decoder(model, frozenset(range(V)), keep_past=True)
    traces = decoded(eager, jobs_of(prompts, samples=1, length=4))
    turn, greedy = [5, 6, 7], np.full((1, 4), -1, dtype=np.float32)
    asked = [Job(turn, greedy, past=traces[j, 0].past) for j in range(3)]
    for (job, _), trace in decoded(
        Decoder(model, STOP, distribution=True, sample_distributions=True), asked
    ).items():
        assert_teacher_forced(trace, model, [*prompts[job], *turn])


def test_no_jobs(model: PreTrainedModel) -> None:
    assert not list(Decoder(model, STOP).decode([]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_broken_logits_are_an_error(value: float) -> None:
    model = tiny_model(V)
    with torch.no_grad():
        model.get_output_embeddings().weight[17] = value
    with pytest.raises(FloatingPointError, match="float32"):
        list(Decoder(model, STOP).decode(jobs_of(random_prompts([3]), samples=1, length=4)))


def test_prompts_are_read_once_in_small_groups(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eleven prompts, each with four rows: every prompt token passes the model once."""
    read: list[list[int]] = []
    original: Callable[..., tuple[Rows, torch.Tensor]] = Decoder.prefill

    def spied(self: Decoder, ids: list[list[int]], past: Rows | None = None) -> object:
        read.append([len(i) for i in ids])
        return original(self, ids, past)

    monkeypatch.setattr(Decoder, "prefill", spied)
    jobs = jobs_of(random_prompts(LENGTHS), samples=3, length=6)
    decoded(Decoder(model, STOP, rows=6), jobs)
    assert [len(group) for group in read] == [8, 3]
    assert [n for group in read for n in group] == sorted(LENGTHS)
