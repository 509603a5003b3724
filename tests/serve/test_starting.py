"""From the options of the command to a backend; what does not go together is said."""

from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import dubito.guard.guard
from dubito.guard import Abstain, Escalate, Guard
from dubito.models.openai import OpenAIModel
from dubito.serve.settings import LOGPROBS_ALONE, Upstream
from dubito.serve.starting import ASKED_AT_ONCE, Start
from scripted import Scripted, puzzle

URL = "http://127.0.0.1:9/v1"
NAMES = ("perplexity", "lexical-similarity")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A guard over one model, which is loaded by its name."""
    monkeypatch.setattr(dubito.guard.guard, "load", model_named)
    guard = Guard("scripted", [Escalate("larger", budget=0.3), Abstain()], names=NAMES, samples=4)
    guard.fit([puzzle(i) for i in range(60)]).save(tmp_path / "guard")
    return tmp_path / "guard"


def model_named(name: str) -> OpenAIModel | Scripted:
    if name.startswith("openai:"):
        return OpenAIModel(name[7:].partition("@")[0], URL)
    return Scripted(0.5, name=name)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (Start(escalate_to="larger"), "needs a --guard"),
        (Start(model=f"openai:m@{URL}"), "give its address as --upstream"),
        (Start(upstream=Upstream(URL), names=("perplexty",)), "did you mean perplexity"),
    ],
)
def test_what_does_not_go_together(start: Start, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        start.backend()


def test_an_upstream_costs_no_samples() -> None:
    remote = Start(upstream=Upstream(URL)).backend()()
    assert remote.doubter.names == LOGPROBS_ALONE
    assert remote.doubter.samples == 0


def test_a_guard_here_is_asked_in_batches(folder: Path) -> None:
    guarded = Start(guard=folder).backend()()
    assert (guarded.batch, len(guarded.threads)) == (32, 1)
    assert [way.collect.model.name for way in guarded.guard.ways] == ["scripted", "larger"]


def test_a_guard_over_servers_is_asked_side_by_side(folder: Path) -> None:
    start = Start(
        guard=folder, upstream=Upstream(URL), model="small", escalate_to="openai:big@http://x/v1"
    )
    guarded = start.backend()()
    assert (guarded.batch, len(guarded.threads)) == (1, ASKED_AT_ONCE)
    assert [way.collect.model.model for way in guarded.guard.ways] == ["small", "big"]


def test_a_guard_that_does_not_escalate_is_not_told_where_to(tmp_path: Path) -> None:
    guard = Guard(Scripted(), [Abstain()], names=NAMES, samples=4)
    guard.fit([puzzle(i) for i in range(60)]).save(tmp_path / "g")
    with pytest.raises(ValueError, match="does not escalate"):
        Start(guard=tmp_path / "g", model="x", escalate_to="big").backend()


def test_a_guard_over_an_upstream_needs_a_name(folder: Path) -> None:
    with pytest.raises(ValueError, match="needs --model"):
        Start(guard=folder, upstream=Upstream(URL)).backend()


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="must look like http"):
        Start(upstream=Upstream("localhost:8000")).backend()
