"""The one door to models: what a spec may be, and what a wrong one is told."""

import sys
from pathlib import Path

import pytest
import torch
from transformers import MambaConfig, MambaForCausalLM

from dubito.evidence import Plan
from dubito.extras import MissingExtra
from dubito.models import load
from dubito.models.base import Generation, ModelError
from dubito.models.local import LocalModel, load_local
from dubito.models.openai import OpenAIModel


@pytest.mark.parametrize("spec", ["smolm2", "SmolLM2", "smollm", "smollm-2"])
def test_the_nearest_name(spec: str) -> None:
    with pytest.raises(ModelError, match=rf"no model '{spec}'; did you mean 'smollm2'"):
        load(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "openai:",
        "openai:gpt",
        "openai:gpt@",
        "openai:@http://localhost/v1",
        "openai:gpt@localhost:8000",
        "openai:gpt@ftp://localhost",
    ],
)
def test_a_malformed_server(spec: str) -> None:
    with pytest.raises(ModelError, match=r"is not of the form openai:<model>@http"):
        load(spec)


def test_a_server_is_not_called_before_it_is_used() -> None:
    model = load("openai:org/model@v2@http://127.0.0.1:9/v1")
    assert isinstance(model, OpenAIModel)
    assert "org/model@v2" in model.name


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_extra_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for spec in ("smollm2", "some/model"):
        with pytest.raises(MissingExtra, match=rf"'{package}': pip install 'dubito\[hf\]'"):
            load(spec)


def test_a_server_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert isinstance(load("openai:m@http://127.0.0.1:9/v1"), OpenAIModel)


def test_a_local_folder(local: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose name is near to that of the default."""
    monkeypatch.chdir(tmp_path)
    folder = Path("smollm-2")
    local.model.save_pretrained(folder)
    local.tokenizer.save_pretrained(folder)
    model = load(str(folder))
    assert isinstance(model, LocalModel)
    assert model.name == str(folder)
    assert next(model.model.parameters()).dtype in (torch.float32, torch.bfloat16)


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot load"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1, got 0"),
        ({"temperature": 0.0}, "temperature must be above 0.*got 0.0"),
        ({"temperature": float("nan")}, "temperature must be above 0.*got nan"),
        ({"temperature": float("inf")}, "temperature"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_no_model_can_do_is_refused_at_the_door(options: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Generation(**options)  # type: ignore[arg-type]


def test_the_instruction_follows_the_question() -> None:
    assert Generation(instruction="Be brief.").ask("Who?") == "Who? Be brief."
    assert Generation(instruction="").ask("Who?") == "Who?"


def test_loading_a_folder(local: LocalModel, tmp_path: Path) -> None:
    folder = tmp_path
    local.model.save_pretrained(folder)
    local.tokenizer.save_pretrained(folder)
    again = load_local("mine", folder, dtype=torch.float32)
    assert again.name == "mine"
    assert again.stop == local.stop
    assert not again.model.training
    one, other = (
        dict(m.generate(["Who?", "Why not?"], Plan(), Generation())) for m in (local, again)
    )
    assert [e.answer.text for e in one.values()] == [e.answer.text for e in other.values()]


def test_what_cannot_be_loaded_says_what_can(tmp_path: Path, local: LocalModel) -> None:
    folder = tmp_path
    with pytest.raises(ModelError, match=r"'mine'.*smollm2.*openai:"):
        load_local("mine", folder)
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="'mine'"):
        load_local("mine", folder)


def test_a_model_without_a_key_value_cache_is_refused(tmp_path: Path, local: LocalModel) -> None:
    folder = tmp_path
    local.model.save_pretrained(folder)
    local.tokenizer.save_pretrained(folder)
    text = (folder / "config.json").read_text()
    assert '"layer_types"' not in text  # written here for the first time
    (folder / "config.json").write_text(
        text.replace("{", '{"layer_types": ["full_attention", "linear_attention"],', 1)
    )
    with pytest.raises(ModelError, match="linear_attention"):
        load_local("mixed", folder)


def test_mamba_is_refused(tmp_path: Path, local: LocalModel) -> None:
    folder = tmp_path
    size = {"vocab_size": len(local.tokenizer), "hidden_size": 16, "num_hidden_layers": 1}
    MambaForCausalLM(MambaConfig(**size, state_size=4)).save_pretrained(folder)
    local.tokenizer.save_pretrained(folder)
    with pytest.raises(ModelError, match="attention"):
        load_local("mamba", folder)
