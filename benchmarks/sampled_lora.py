"""Eight members of a LoRA adapter in one pass, against one pass of the plain model.

Ratios of processor seconds in one process, one thread, in turns, medians. What no way of drawing
members can go below, where every block has an adapter, is the plain model on members times rows:

    python benchmarks/sampled_lora.py [--rounds 5] [--members 8] [--rows 8] [--dtypes bfloat16]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from dubito.models.embedded import SMOLLM2, folder_of
from dubito.nn.low_rank_laws import ColumnSpaceNoise
from dubito.nn.low_rank_sampling import sampled

LAW = ColumnSpaceNoise(0.01)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PLACES = {"all 30 blocks": None, "last 6": list(range(24, 30)), "last 3": list(range(27, 30))}


def adapted(places: list[int] | None, dtype: torch.dtype) -> Any:
    """SmolLM2 with an adapter of rank 8 on q and v of these blocks, as if it had been trained."""
    model = AutoModelForCausalLM.from_pretrained(folder_of(SMOLLM2), dtype=dtype)
    targets = {"target_modules": ["q_proj", "v_proj"], "layers_to_transform": places}
    config = LoraConfig(r=8, init_lora_weights=False, **targets)
    # The factors in the model's own dtype: PEFT would keep them in float32.
    return get_peft_model(model, config, autocast_adapter_dtype=False).eval()


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of a piece of work."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


@torch.no_grad()
def main() -> None:
    """Measure each place of the adapter at a few lengths, with the plain pass before each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--dtypes", nargs="+", choices=[*DTYPES], default=[*DTYPES])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found: dict[str, dict[str, dict[str, float]]] = {}
    for dtype in given.dtypes:
        for name, places in PLACES.items():
            model = adapted(places, DTYPES[dtype])
            for length in given.lengths:
                ids = torch.randint(0, 49_000, (given.rows, length))
                ratios = medians(model, ids, given.members, given.rounds)
                found.setdefault(dtype, {})[f"{name}, {length} tokens"] = ratios
                print(f"{dtype:9} {name:14} {length:3} tokens: {ratios}", flush=True)
            del model
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def medians(model: Any, ids: torch.Tensor, members: int, rounds: int) -> dict[str, float]:
    """Each way's seconds over those of the plain pass, median of the rounds after a first one."""
    seen = [one_round(model, ids, members) for _ in range(rounds + 1)][1:]
    return {
        way: round(statistics.median(r[way] / r["plain"] for r in seen), 2)
        for way in seen[0]
        if way != "plain"
    }


def one_round(model: Any, ids: torch.Tensor, members: int) -> dict[str, float]:
    """Seconds of each way: plain passes, members in one pass, and one after the other."""

    def plain(rows: torch.Tensor) -> torch.Tensor:
        # The head on a matrix: on [B, 1, d] from a slice, torch multiplies row by row (bmm).
        inner = model.get_base_model()
        states = inner.model(input_ids=rows, use_cache=False).last_hidden_state
        return inner.lm_head(states[:, -1])

    with model.disable_adapter():
        taken = {"plain": seconds(lambda: plain(ids))}
        taken["plain, members times rows"] = seconds(lambda: plain(ids.repeat(members, 1)))
    begin = time.process_time()
    with sampled(model, LAW, members=members):
        taken["drawing them"] = time.process_time() - begin
        taken["members on every row"] = seconds(lambda: plain(ids))
        few = ids[: max(1, len(ids) // members)]
        taken["as many rows in all"] = seconds(lambda: plain(few))
    with sampled(model, LAW, members=members, shared=False):
        taken["the same, nothing shared"] = seconds(lambda: plain(ids.repeat(members, 1)))
    one_by_one = 0.0
    for seed in range(members):
        with sampled(model, LAW, members=1, seed=seed):
            one_by_one += seconds(lambda: plain(ids))
    return {**taken, "the same, one by one": one_by_one}


if __name__ == "__main__":
    main()
