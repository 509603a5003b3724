"""Several trained models into one."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.merge.methods import METHODS

if TYPE_CHECKING:
    from dubito.merge.activation_reuse import Reused, Traced, cuts_that_keep, gap, reused, traced
    from dubito.merge.atm import ATM, Round
    from dubito.merge.checkpoint import Checkpoint, open_checkpoint
    from dubito.merge.delta_sharing import DeltaSharing
    from dubito.merge.divmerge import DivMerge, next_tokens, only_output
    from dubito.merge.interference import TaskVectors, task_vectors
    from dubito.merge.metagpt import MetaGPT
    from dubito.merge.sparse_delta import SparseDelta
    from dubito.merge.streaming import merge_folders
    from dubito.merge.task_arithmetic import (
        Average,
        GroupedArithmetic,
        SameScale,
        TaskArithmetic,
        by_block,
        by_module,
        one_group,
    )
    from dubito.merge.tensors import Rule, State, merged

# All of them need torch, which takes a second to load: found when first asked for.
HOMES = {
    "ATM": "dubito.merge.atm",
    "Average": "dubito.merge.task_arithmetic",
    "Checkpoint": "dubito.merge.checkpoint",
    "DeltaSharing": "dubito.merge.delta_sharing",
    "DivMerge": "dubito.merge.divmerge",
    "GroupedArithmetic": "dubito.merge.task_arithmetic",
    "MetaGPT": "dubito.merge.metagpt",
    "Reused": "dubito.merge.activation_reuse",
    "Round": "dubito.merge.atm",
    "Rule": "dubito.merge.tensors",
    "SameScale": "dubito.merge.task_arithmetic",
    "SparseDelta": "dubito.merge.sparse_delta",
    "State": "dubito.merge.tensors",
    "TaskArithmetic": "dubito.merge.task_arithmetic",
    "TaskVectors": "dubito.merge.interference",
    "Traced": "dubito.merge.activation_reuse",
    "by_block": "dubito.merge.task_arithmetic",
    "by_module": "dubito.merge.task_arithmetic",
    "cuts_that_keep": "dubito.merge.activation_reuse",
    "gap": "dubito.merge.activation_reuse",
    "merge_folders": "dubito.merge.streaming",
    "merged": "dubito.merge.tensors",
    "next_tokens": "dubito.merge.divmerge",
    "one_group": "dubito.merge.task_arithmetic",
    "only_output": "dubito.merge.divmerge",
    "open_checkpoint": "dubito.merge.checkpoint",
    "reused": "dubito.merge.activation_reuse",
    "task_vectors": "dubito.merge.interference",
    "traced": "dubito.merge.activation_reuse",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "ATM",
    "METHODS",
    "Average",
    "Checkpoint",
    "DeltaSharing",
    "DivMerge",
    "GroupedArithmetic",
    "MetaGPT",
    "Reused",
    "Round",
    "Rule",
    "SameScale",
    "SparseDelta",
    "State",
    "TaskArithmetic",
    "TaskVectors",
    "Traced",
    "by_block",
    "by_module",
    "cuts_that_keep",
    "gap",
    "merge_folders",
    "merged",
    "next_tokens",
    "one_group",
    "only_output",
    "open_checkpoint",
    "reused",
    "task_vectors",
    "traced",
]
