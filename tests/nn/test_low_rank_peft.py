"""PEFT adapters of a real architecture as members."""

from pathlib import Path

import pytest
import torch
from torch import nn

from dubito.nn.low_rank_laws import BranchDropout, ColumnSpaceNoise
from dubito.nn.low_rank_sampling import sampled

peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


def llama(**options: object):
    """Four blocks, an adapter on q and v of the last two."""
    config = transformers.LlamaConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=30,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.LlamaForCausalLM(config)
        return peft.get_peft_model(model, lora(**options)).eval()


def lora(**options: object):
    given = {
        "r": 3,
        "lora_alpha": 6,
        "target_modules": ["q_proj", "v_proj"],
        "layers_to_transform": [2, 3],
        "init_lora_weights": False,
    }
    return peft.LoraConfig(**{**given, **options})


def asked() -> dict[str, torch.Tensor]:
    """Three prompts, one padded from the left."""
    ids = torch.randint(30, (3, 6), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, :2] = 0
    return {"input_ids": ids, "attention_mask": mask}


@torch.no_grad()
def test_without_noise_it_is_the_adapted_model() -> None:
    """Padding and scaling (2) included; afterwards it is itself."""
    model, x = llama(), asked()
    plain = model(**x).logits
    with model.disable_adapter():
        assert not torch.allclose(model(**x).logits, plain, atol=1e-3)
    with sampled(model, ColumnSpaceNoise(0.0), members=4):
        got = model(**x).logits
    assert torch.allclose(got, plain.repeat(4, 1, 1), atol=1e-5)
    assert torch.equal(model(**x).logits, plain)


@torch.no_grad()
def test_blocks_below_the_adapter_are_computed_once() -> None:
    model, x, seen = llama(), asked(), []
    for block in model.base_model.model.model.layers:
        block.mlp.register_forward_pre_hook(lambda _m, args: seen.append(len(args[0])))
    with sampled(model, ColumnSpaceNoise(0.3), members=4, seed=2):
        got = model(**x).logits
    assert seen == [3, 3, 12, 12]
    with sampled(model, ColumnSpaceNoise(0.3), members=4, seed=2, shared=False):
        apart = model(**{k: v.repeat(4, 1) for k, v in x.items()}).logits
    assert torch.allclose(got, apart, atol=1e-5)
    first, second, *_ = got.unflatten(0, (4, 3))
    assert not torch.allclose(first, second, atol=1e-3)


@torch.no_grad()
def test_a_cache_goes_on() -> None:
    """Lower blocks keep B rows in it, upper ones S B: the next token by itself is as in one go."""
    model, ids = llama(), asked()["input_ids"]
    with sampled(model, ColumnSpaceNoise(0.3), members=4, seed=2):
        whole = model(input_ids=ids).logits[:, -1]
        cache = model(input_ids=ids[:, :-1], use_cache=True).past_key_values
        last = model(input_ids=ids[:, -1:], past_key_values=cache).logits[:, -1]
    assert torch.allclose(whole, last, atol=1e-5)


@torch.no_grad()
def test_branch_dropout_leaves_the_backbone() -> None:
    """All members are the base where B = 0, whatever the mask."""
    model, x = llama(init_lora_weights=True), asked()
    with sampled(model, BranchDropout(0.9), members=4):
        assert torch.equal(model(**x).logits, model(**x).logits)
        got = model(**x).logits
    with model.disable_adapter():
        assert torch.allclose(got, model(**x).logits.repeat(4, 1, 1), atol=1e-6)


def test_adapters_as_an_ensemble_train_in_one_pass() -> None:
    """Member i of the named adapters is adapter i, its gradient that of its own rows."""
    model, x = llama(), asked()
    model.add_adapter("second", lora())
    model.base_model.set_adapter(["default", "second"])  # only active ones are trained
    with sampled(model, adapters=("default", "second")) as count:
        assert count == 2
        both = model(**x).logits.unflatten(0, (2, 3))
        both[1].square().mean().backward()
    layer = model.base_model.model.model.layers[2].self_attn.q_proj
    assert layer.lora_A["second"].weight.grad.abs().max() > 0
    assert layer.lora_A["default"].weight.grad.abs().max() == 0
    for name, logits in zip(("default", "second"), both, strict=True):
        model.set_adapter(name)
        assert torch.allclose(model(**x).logits, logits, atol=1e-5)


@torch.no_grad()
def test_the_adapter_saves_as_before(tmp_path: Path) -> None:
    model, x = llama(), asked()
    with sampled(model, ColumnSpaceNoise(0.3), members=2):
        model(**x)
    plain = model(**x).logits
    model.save_pretrained(tmp_path)
    again = peft.PeftModel.from_pretrained(model.unload(), tmp_path).eval()
    assert torch.allclose(again(**x).logits, plain)


@torch.no_grad()
def test_convolution_style_projections_work() -> None:
    """GPT-2 keeps its weights transposed."""
    config = transformers.GPT2Config(n_embd=16, n_head=2, n_layer=2, vocab_size=30, n_positions=8)
    base = transformers.GPT2LMHeadModel(config)
    given = {"target_modules": ["c_attn"], "init_lora_weights": False, "fan_in_fan_out": True}
    model = peft.get_peft_model(base, peft.LoraConfig(r=3, **given)).eval()
    plain = model(**asked()).logits
    with sampled(model, ColumnSpaceNoise(0.0), members=2):
        assert torch.allclose(model(**asked()).logits, plain.repeat(2, 1, 1), atol=1e-5)


def test_refusals() -> None:
    def refused(model: nn.Module, said: str, *adapters: str) -> None:
        with pytest.raises(ValueError, match=said), sampled(model, adapters=adapters):
            pass

    refused(llama(use_dora=True), "DoRA or the like")
    refused(llama(), "'third'.*missing", "third")
    merged = llama()
    merged.merge_adapter()
    refused(merged, "merged or switched off")
    with merged.disable_adapter():
        refused(merged, "merged or switched off")
    refused(llama(target_modules=["embed_tokens"], layers_to_transform=None), "plain linear")
    biased = llama()
    biased.base_model.model.model.layers[2].self_attn.q_proj.lora_bias["default"] = True
    refused(biased, "a bias on B")
    several = llama()
    several.add_adapter("second", lora(r=2))
    refused(several, "differ in rank", "default", "second")
    several.base_model.set_adapter(["default", "second"])
    refused(several, "name those that are members")
