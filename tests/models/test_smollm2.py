"""The embedded models themselves: what SmolLM2 knows, and that number formats agree.

They stand in the user's cache after `make demo` or the set-up; else they are fetched once.
"""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from dubito.estimate import ESTIMATORS
from dubito.estimate.scoring import joint_plan, score
from dubito.evidence import Evidence, Plan
from dubito.models import load
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.encoder import Encoder, load_encoder
from dubito.models.local import LocalModel, load_local

PERU = "What is the capital of Peru?"
QUESTIONS = [
    PERU,
    "What is the capital of France?",
    "What is 17 + 25?",
    "What is the currency of Japan?",
    "Which continent is Kenya in?",
    "Who wrote the diary that was found on Mars?",
    "What language is spoken in Brazil?",
    "What is the capital of Burkina Faso?",
]
SHORT = Generation(max_tokens=16)
PLAN = Plan(samples=4, logprobs=True, distribution=True, p_true=True)


@pytest.fixture(scope="module")
def smollm2() -> LocalModel:
    """As it is loaded by name."""
    model = load("smollm2")
    assert isinstance(model, LocalModel)
    return model


@pytest.fixture(scope="module")
def precise(smollm2: LocalModel) -> LocalModel:
    """In float32 whatever this machine does best."""
    return load_local("smollm2", folder_of(SMOLLM2), dtype=torch.float32)


@pytest.fixture(scope="module")
def coarse(smollm2: LocalModel) -> LocalModel:
    """In bfloat16, which every processor can, if slowly."""
    return load_local("smollm2", folder_of(SMOLLM2), dtype=torch.bfloat16)


@pytest.fixture(scope="module")
def minilm() -> Encoder:
    """The embedded sentence encoder."""
    return load_encoder(dtype=torch.float32)


def collected(model: LocalModel) -> dict[int, Evidence]:
    return dict(model.generate(QUESTIONS, PLAN, SHORT))


@pytest.fixture(scope="module")
def found(precise: LocalModel) -> dict[int, Evidence]:
    return collected(precise)


def test_it_knows_lima(smollm2: LocalModel) -> None:
    ((_, evidence),) = smollm2.generate([PERU], Plan(logprobs=True))
    assert "Lima" in evidence.answer.text
    assert evidence.answer.finished
    assert evidence.answer.tokens[-1] == "<|im_end|>"
    assert "".join(evidence.answer.tokens[:-1]) == evidence.answer.text


def test_greedy_is_generate(precise: LocalModel, found: dict[int, Evidence]) -> None:
    for i in (0, 5):
        ids = precise.chat.ids(SHORT.ask(QUESTIONS[i]))
        out = precise.model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            do_sample=False,
            max_new_tokens=SHORT.max_tokens,
            pad_token_id=0,
        )
        text = precise.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
        assert found[i].answer.text == text


def test_reading_its_answer_gives_what_generating_gave(
    precise: LocalModel, found: dict[int, Evidence]
) -> None:
    """The same text, token by token, to 1e-3 nats."""
    read = 0
    for i, evidence in found.items():
        again = precise.read(QUESTIONS[i], [evidence.answer.text], SHORT).answer
        if not evidence.answer.finished:
            continue
        assert again.tokens == evidence.answer.tokens
        for name in ("logprobs", "entropies", "uniform_kl", "uniform_renyi"):
            np.testing.assert_allclose(
                getattr(again, name), getattr(evidence.answer, name), atol=1e-3, err_msg=name
            )
        read += 1
    assert read >= 4


def test_number_formats_agree_on_the_same_tokens(
    precise: LocalModel, coarse: LocalModel, found: dict[int, Evidence]
) -> None:
    """Greedy answers read in both formats.

    Log-probs and entropies differ by less than 0.05 nats on average and 0.5 at most; each token
    estimator ranks the eight answers alike, Spearman above 0.9.
    """
    exact, rough = (
        [m.read(QUESTIONS[i], [e.answer.text], SHORT) for i, e in found.items()]
        for m in (precise, coarse)
    )
    for name in ("logprobs", "entropies"):
        gap = np.concatenate(
            [
                getattr(a.answer, name) - getattr(b.answer, name)
                for a, b in zip(exact, rough, strict=True)
            ]
        )
        assert np.abs(gap).mean() < 0.05, name
        assert np.abs(gap).max() < 0.5, name
    ranks = agreement(exact, rough, Plan(logprobs=True, distribution=True))
    assert len(ranks) >= 8
    assert min(ranks.values()) > 0.9, ranks


def test_number_formats_agree_on_answers_and_doubts(
    coarse: LocalModel, found: dict[int, Evidence]
) -> None:
    """Each format with its own answers: near ties fall either way, for a half at the most.

    The doubts still rank the questions alike, Spearman above 0.8 on average.
    """
    other = collected(coarse)
    assert sum(found[i].answer.text == other[i].answer.text for i in found) >= 4
    ranks = agreement([found[i] for i in found], [other[i] for i in found], PLAN)
    assert "p-true" in ranks
    assert np.mean(list(ranks.values())) > 0.8, ranks


def agreement(one: list[Evidence], other: list[Evidence], plan: Plan) -> dict[str, float]:
    """Rank correlation of the doubts of the greedy answers, by estimator that reads numbers."""
    made = {m.id: e for m in ESTIMATORS if (e := m.make()).plan != Plan()}
    usable = {n: e for n, e in made.items() if not e.plan.samples and e.plan | plan == plan}
    scores = [[score(e, usable) for e in some] for some in (one, other)]
    return {
        n: float(spearmanr(*([s[n].doubt for s in some] for some in scores)).statistic)
        for n in usable
    }


def test_an_encoder_that_knows_meaning(minilm: Encoder) -> None:
    near, same, far = minilm(["The capital is Lima.", "It is Lima, the capital.", "Bananas."])
    assert near.embedding @ same.embedding > 0.8
    assert near.embedding @ far.embedding < 0.3
    assert np.linalg.norm(near.embedding) == pytest.approx(1, abs=1e-5)
    (rough,) = load_encoder(dtype=torch.bfloat16)(["The capital is Lima."])
    assert rough.embedding @ near.embedding > 0.999


def test_the_whole_shelf_on_real_evidence(smollm2: LocalModel, minilm: Encoder) -> None:
    """Every estimator of the table gives a number for questions that the model can answer."""
    estimators = {m.id: m.make() for m in ESTIMATORS}
    plan = joint_plan(estimators.values())
    for evidence in Collector(smollm2, encoder=minilm)(QUESTIONS[:2], plan, SHORT):
        for name, found in score(evidence, estimators).items():
            assert np.isfinite(found.doubt) or "no confidence" in found.reason, (name, found)


def test_a_stream_that_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    """The door itself: a token a line, until the doubt is too high."""
    from dubito.cli.stream import stream

    for stop, lines in ((None, 6), (0.0, 1)):
        stream(PERU, stop_above=stop, max_tokens=6, as_json=True)
        told = capsys.readouterr()
        assert len(told.out.splitlines()) == lines
        assert ("stopped" in told.err) == (stop is not None)
