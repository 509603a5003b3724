"""Checkpoints on disk: the same as in memory, whole or not at all, and what is refused."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from dubito.merge import Average, MetaGPT, TaskArithmetic, merge_folders, merged, open_checkpoint

INDEX = "model.safetensors.index.json"
SHARDS = {"one.safetensors": ("embed", "norm"), "two.safetensors": ("layer.0.w", "steps", "none")}
RULE = TaskArithmetic((0.5, 0.25))


def state(seed: int) -> dict[str, Tensor]:
    """Of several dtypes and shapes, a single number and nothing at all among them."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "layer.0.w": torch.randn(3, 5, generator=generator).bfloat16(),
        "norm": torch.randn((), generator=generator).double(),
        "embed": torch.randn(7, 3, generator=generator),
        "steps": torch.tensor([seed]),
        "none": torch.empty(0, 4),
    }


STATES = [state(seed) for seed in range(3)]


def folder(path: Path, tensors: dict[str, Tensor]) -> Path:
    """In one file, with companions."""
    path.mkdir()
    save_file(tensors, path / "model.safetensors", {"format": "pt"})
    (path / "config.json").write_text(json.dumps({"of": path.name}))
    (path / "tokenizer.json").write_text("{}")
    for left in ("optimizer.pt", "pytorch_model.bin", "pytorch_model.bin.index.json", ".lock"):
        (path / left).write_text("old")
    (path / "1_Pooling").mkdir()
    (path / "1_Pooling" / "config.json").write_text("{}")
    (path / "checkpoint-5").mkdir()
    return path


def sharded(path: Path, tensors: dict[str, Tensor]) -> Path:
    """The same in two files and an index."""
    folder(path, tensors)
    (path / "model.safetensors").unlink()
    for shard, names in SHARDS.items():
        save_file({n: tensors[n] for n in names}, path / shard, {"format": "pt"})
    homes = {name: shard for shard, names in SHARDS.items() for name in names}
    (path / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": homes}))
    return path


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """A base and two experts."""
    names = ("base", "first", "second")
    return [folder(tmp_path / n, s) for n, s in zip(names, STATES, strict=True)]


def same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name


def test_the_same_as_in_memory_with_what_belongs_to_it(three: list[Path]) -> None:
    base, *experts = three
    out = merge_folders(base, experts, base.parent / "new" / "out", RULE)
    same(load_file(out / "model.safetensors"), merged(STATES[0], STATES[1:], RULE))
    found = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    own = ["1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json"]
    assert found == own
    assert json.loads((out / "config.json").read_text()) == {"of": "base"}
    with safe_open(out / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}
    assert [p.name for p in out.parent.iterdir()] == ["out"]  # nothing beside it


def test_shards_stay_shards(tmp_path: Path) -> None:
    """The base in shards, one expert in shards and one in a file: the base's layout."""
    base, first = (sharded(tmp_path / n, s) for n, s in zip("ab", STATES, strict=False))
    second = folder(tmp_path / "c", STATES[2])
    out = merge_folders(base, [first, second], tmp_path / "out", RULE)
    expected = merged(STATES[0], STATES[1:], RULE)
    for shard, names in SHARDS.items():
        same(load_file(out / shard), {name: expected[name] for name in names})
    assert (out / INDEX).read_text() == (base / INDEX).read_text()
    same(dict(open_checkpoint(out)), expected)


def test_a_checkpoint_is_a_state_dict(three: list[Path]) -> None:
    """A rule of coefficients reads it as it reads tensors in memory."""
    found = open_checkpoint(three[0])
    assert len(found) == 5
    same(dict(found), STATES[0])
    shapes = found.without_numbers()
    assert {n: (t.shape, t.dtype) for n, t in shapes.items()} == {
        n: (t.shape, t.dtype) for n, t in STATES[0].items()
    }
    assert MetaGPT()(found, [open_checkpoint(p) for p in three[1:]]) == MetaGPT()(
        STATES[0], STATES[1:]
    )


def test_links_become_files(three: list[Path]) -> None:
    """As in the cache of a hub, where a checkpoint's files are links."""
    base = three[0]
    for name in ("config.json", "model.safetensors"):
        (base / name).rename(base.parent / name)
        (base / name).symlink_to(base.parent / name)
    out = merge_folders(base, three[1:], base.parent / "out", RULE)
    assert not any(path.is_symlink() for path in out.rglob("*"))
    same(load_file(out / "model.safetensors"), merged(STATES[0], STATES[1:], RULE))


def test_a_new_vocabulary_of_one_expert(three: list[Path], tmp_path: Path) -> None:
    larger = folder(tmp_path / "larger", STATES[1] | {"embed": torch.ones(9, 3)})
    with pytest.raises(ValueError, match=r"expert 1, 'embed' is \[9, 3\], in the base \[7, 3\]"):
        merge_folders(three[0], [three[1], larger], tmp_path / "out", RULE)
    out = merge_folders(three[0], [three[1], larger], tmp_path / "out", RULE, keep=("embed",))
    same({"embed": load_file(out / "model.safetensors")["embed"]}, {"embed": STATES[0]["embed"]})


def spoilt(change: dict[str, Tensor]) -> dict[str, Tensor]:
    return STATES[2] | change


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (spoilt({"norm": torch.ones(1)}), r"expert 1, 'norm' is \[1\], in the base \[\]"),
        (spoilt({"more": torch.ones(1)}), "expert 1 has, unlike the base, 'more'"),
        ({n: t for n, t in STATES[2].items() if n != "embed"}, "expert 1 lacks 'embed'"),
        (spoilt({"embed": torch.full((7, 3), torch.nan)}), "embed: the merge is not finite"),
    ],
)
def test_what_does_not_fit_leaves_nothing(three: list[Path], tmp_path: Path, second, told) -> None:
    other = folder(tmp_path / "other", second)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match=told):
        merge_folders(three[0], [three[1], other], tmp_path / "out", RULE)
    assert sorted(tmp_path.iterdir()) == before


def test_a_rule_that_fails_late_leaves_nothing(three: list[Path], tmp_path: Path) -> None:
    """After tensors were written; their folder has another name until then."""
    seen = []

    def rule(name, base, experts) -> Tensor:
        seen.append(name)
        assert not (tmp_path / "out").exists()
        if len(seen) == 3:
            raise RuntimeError("no more")
        return base

    before = sorted(tmp_path.iterdir())
    with pytest.raises(RuntimeError, match="no more"):
        merge_folders(three[0], three[1:], tmp_path / "out", rule)
    assert len(seen) == 3
    assert sorted(tmp_path.iterdir()) == before


def test_nothing_is_overwritten(three: list[Path]) -> None:
    with pytest.raises(ValueError, match="second exists; give a new folder"):
        merge_folders(three[0], three[1:], three[2], RULE)
    same(load_file(three[2] / "model.safetensors"), STATES[2])


def test_out_within_the_base(three: list[Path]) -> None:
    """The new folder is not copied into itself."""
    out = merge_folders(three[0], three[1:], three[0] / "out", RULE)
    assert not (out / "out").exists()
    assert len(open_checkpoint(out)) == 5


def test_folders_that_are_no_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has neither model\.safetensors nor"):
        open_checkpoint(tmp_path / "nowhere")
    (tmp_path / "adapter_model.safetensors").touch()
    with pytest.raises(ValueError, match="merge_and_unload"):
        open_checkpoint(tmp_path)
    (tmp_path / "model.safetensors").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match=r"model\.safetensors is no safetensors file"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("index", "told"),
    [
        ('{"weight_map": {"embed": "../one.safetensors"}}', "a shard lies beside its index"),
        ('{"weight_map": {"embed": 3}}', "a shard lies beside its index"),
        ('{"weight_map": {"embed": "three.safetensors"}}', r"three\.safetensors is no safetens"),
        ('{"weight_map": ["embed"]}', "is no index of shards"),
        ('{"map": {}}', "is no index of shards"),
        ("{", "is no index of shards"),
        ('{"weight_map": {"embed": "two.safetensors"}}', "'embed' is in two.*found in None"),
        ('{"weight_map": {"norm": "one.safetensors"}}', "'embed' is in None.*found in one"),
    ],
)
def test_an_index_that_lies(tmp_path: Path, index: str, told: str) -> None:
    path = sharded(tmp_path / "base", STATES[0])
    (path / INDEX).write_text(index)
    with pytest.raises(ValueError, match=told):
        open_checkpoint(path)


def test_one_file_without_an_expert(three: list[Path]) -> None:
    with pytest.raises(ValueError, match="at least one expert"):
        merge_folders(three[0], [], three[0].parent / "out", Average())
    assert not (three[0].parent / "out").exists()
