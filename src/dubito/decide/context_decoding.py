"""Generation that leans on a context where the model hesitates [huang2025]."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor, PreTrainedModel, PreTrainedTokenizerBase

from dubito.decide.context_boost import Boosted, ContextBoost, ContextUse
from dubito.decide.context_detector import ContextUseDetector
from dubito.decide.context_examples import Steps
from dubito.evidence import Floats, Integers, Plan
from dubito.maths.context_use import attention_ratios
from dubito.models.inside import Kept, attention_of, keeping


class Used(NamedTuple):
    """Tokens of the context that one step of one row raised, and their shares of the boost."""

    ids: Integers  # [n]
    shares: Floats  # [n] sum 1; empty where nothing was raised
    entropy: float  # in [0, 1]


class ContextProcessor(LogitsProcessor):
    """Boosts tokens of the context in `generate()`; made by `leaning_on`."""

    def __init__(
        self,
        boost: ContextBoost,
        detector: ContextUseDetector,
        context: Tensor,
        attention: Mapping[int, Tensor],
    ) -> None:
        self.boost = boost
        self.detector = detector
        self.context = context  # [B, P] bool
        self.attention = attention  # layer -> [B, H, width, columns] of the pass just made
        self.trace: list[list[Used]] = []  # steps, rows

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores [B, V] of texts [B, T]: rows that are not boosted stay as they are."""
        rows = len(input_ids)
        if rows % len(self.context) or self.context.shape[1] > input_ids.shape[1]:
            raise ValueError(
                f"a context mask of shape {tuple(self.context.shape)} does not fit texts of shape "
                f"{tuple(input_ids.shape)}; give one row for each prompt of this batch"
            )
        # generate() repeats each prompt for its beams or samples, one after the other
        context = self.context.repeat_interleave(rows // len(self.context), dim=0)
        out, step = scores.clone(), []
        for row in range(rows):
            places = context[row].nonzero()[:, 0].to(input_ids.device)  # [m]
            boosted, ids = self.one_row(row, input_ids[row], places, scores[row])
            raised = boosted.utilisation > 0
            step.append(Used(ids[raised], boosted.utilisation[raised], boosted.entropy))
            if raised.any():
                out[row] = torch.from_numpy(boosted.scores).to(scores)
        self.trace.append(step)
        return out

    def one_row(
        self, row: int, ids: Tensor, places: Tensor, logits: Tensor
    ) -> tuple[Boosted, Integers]:
        """The step of one text [T] with its context at `places` [m], and the context's ids."""
        looks = np.zeros((self.detector.n_features_in_, len(places)))  # [H, m] of all heads
        for head in self.detector.heads_:
            looks[head] = self.looks(row, int(head), places, len(ids))
        found = attention_ratios(looks, ids[places].cpu().numpy())
        used = self.detector.predict(found.values) == self.detector.classes_[1]
        use = ContextUse(found.ids, used, self.detector.weight(found.values))
        return self.boost(logits.double().cpu().numpy(), use), found.ids

    def looks(self, row: int, head: int, places: Tensor, length: int) -> Floats:
        """Attention of a head, counted through all layers, from the last token to places [m]."""
        heads = next(iter(self.attention.values())).shape[1]
        last = self.attention[head // heads][row, head % heads, -1]  # [columns]
        if len(last) < length:  # a sliding window: what it left behind is not looked at
            last = torch.cat([last.new_zeros(length - len(last)), last])
        return last[places.to(last.device)].double().cpu().numpy()


class ByLayer(Mapping[int, Tensor]):
    """What `keeping` keeps by depth, by the number of the layer."""

    def __init__(self, kept: Kept, depths: Mapping[int, float]) -> None:
        self.kept = kept
        self.depths = depths

    def __getitem__(self, layer: int) -> Tensor:
        return self.kept[self.depths[layer]]

    def __iter__(self) -> Iterator[int]:
        return iter(self.depths)

    def __len__(self) -> int:
        return len(self.depths)


@contextmanager
def leaning_on(
    model: PreTrainedModel,
    context: Tensor,
    detector: ContextUseDetector,
    boost: ContextBoost | None = None,
) -> Iterator[ContextProcessor]:
    """A logits processor for prompts whose context is marked, [B, P] bool, padding included.

    `with leaning_on(model, mask, detector) as processor: model.generate(**inputs,
    logits_processor=LogitsProcessorList([processor]))`; its `trace` then holds the tokens used.
    Meanwhile the model computes attention plainly, and the weights of the detector's layers are
    kept for a step.

    Raises:
        ValueError: a detector of another number of heads, or a prompt without a context.
    """
    layers, heads = len(attention_of(model)), model.config.get_text_config().num_attention_heads
    if detector.n_features_in_ != layers * heads:
        raise ValueError(
            f"a detector of {detector.n_features_in_} heads does not fit {layers} layers of "
            f"{heads}; fit one on this model's own examples"
        )
    if context.ndim != 2 or not context.any(dim=1).all():
        raise ValueError("each prompt needs a context: mark at least one token a row, [B, P]")
    wanted = sorted({int(h) // heads for h in detector.heads_})
    depths = depths_of(wanted, layers)
    with keeping(model, Plan(attention=tuple(depths.values()))) as (_, kept):
        yield ContextProcessor(
            boost or ContextBoost(), detector, context.bool(), ByLayer(kept, depths)
        )


def depths_of(wanted: Sequence[int], layers: int) -> dict[int, float]:
    """Shares of all layers at which these stand."""
    return {layer: layer / max(layers - 1, 1) for layer in wanted}


class ModelReader:
    """Reads answers for `context_examples`: logits and attention of all heads, in one pass each."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model

    @torch.inference_mode()
    def __call__(self, prompt: Sequence[int], answer: Sequence[int]) -> Steps:
        """Logits [T, V] before each token of the answer, attention [T, H, P] from there."""
        ids = torch.tensor([[*prompt, *answer[:-1]]], device=self.model.device)
        own = slice(len(prompt) - 1, ids.shape[1])  # the T places before the answer's tokens
        depths = depths_of(range(len(attention_of(self.model))), len(attention_of(self.model)))
        with keeping(self.model, Plan(attention=tuple(depths.values()))) as (_, kept):
            logits = self.model(input_ids=ids, use_cache=False).logits[0, own]
        looks = torch.cat([kept[d][0, :, own, : len(prompt)] for d in depths.values()])  # [H, T, P]
        return Steps(logits.double().cpu().numpy(), looks.transpose(0, 1).double().cpu().numpy())


def marked(
    tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], contexts: Sequence[str]
) -> tuple[Mapping[str, Tensor], Tensor]:
    """Inputs for `generate()`, padded on the left, and which tokens touch the context [B, P].

    The context is the last place where its text stands in the prompt; a token that lies only
    partly in it counts.

    Raises:
        ValueError: a context that is empty or does not stand in its prompt.
    """
    encoded = [tokenizer(p, return_offsets_mapping=True) for p in prompts]
    width = max(len(e["input_ids"]) for e in encoded)
    shape = (len(prompts), width)
    padding: Any = tokenizer.pad_token_id
    ids = torch.full(shape, padding or 0, dtype=torch.long)
    seen, context = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.bool)
    for row, (one, prompt, text) in enumerate(zip(encoded, prompts, contexts, strict=True)):
        start = prompt.rfind(text)
        if not text or start < 0:
            raise ValueError(f"the context {text!r} does not stand in the prompt {prompt!r}")
        offsets = torch.tensor(one["offset_mapping"])  # [P, 2]
        own = slice(width - len(offsets), width)
        ids[row, own], seen[row, own] = torch.tensor(one["input_ids"]), 1
        context[row, own] = (offsets[:, 0] < start + len(text)) & (offsets[:, 1] > start)
    return {"input_ids": ids, "attention_mask": seen}, context


def end_like(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids that end an answer or write nothing: special tokens, spaces and line breaks."""
    texts = tokenizer.batch_decode([[i] for i in range(len(tokenizer))])
    blank = {i for i, text in enumerate(texts) if not text.strip()}
    return frozenset(blank | set(tokenizer.all_special_ids))
