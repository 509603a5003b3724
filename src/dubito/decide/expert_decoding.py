"""Small experts at the side of a large model that generates [fan2024]."""

import torch
from torch import Tensor
from transformers import Cache, LogitsProcessor, PreTrainedModel

from dubito.decide.logit_fusion import LogitFusion


class Follower:
    """A model that reads along: the next-token logits [B, V] of a text that grows.

    One token a call as long as each text goes on where it was; any other text (a new prompt,
    beams that changed places) is read from its beginning.
    """

    def __init__(self, model: PreTrainedModel, prompt_mask: Tensor | None = None) -> None:
        self.model = model
        self.prompt_mask = prompt_mask  # [B, P] 1 where the prompt is no padding
        self.seen: Tensor | None = None  # [B, T]
        self.past: Cache | None = None

    @torch.no_grad()
    def __call__(self, ids: Tensor) -> Tensor:
        """Logits after the last of [B, T] tokens, on their device."""
        device = self.model.device
        known = self.known(ids)
        mask = self.mask(ids)  # [B, T]
        positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
        out = self.model(
            input_ids=ids[:, known:].to(device),
            attention_mask=mask.to(device),
            position_ids=positions[:, known:].to(device),
            past_key_values=self.past if known else None,
            use_cache=True,
            logits_to_keep=1,
        )
        self.seen, self.past = ids.clone(), out.past_key_values
        return out.logits[:, -1].to(ids.device)

    def known(self, ids: Tensor) -> int:
        """How many columns of the text were read before; 0 where it does not go on from there."""
        if self.seen is None or len(self.seen) != len(ids):
            return 0
        columns = self.seen.shape[1]
        goes_on = columns < ids.shape[1] and torch.equal(ids[:, :columns], self.seen)
        return columns if goes_on else 0

    def mask(self, ids: Tensor) -> Tensor:
        """1 where a token is to be looked at: the prompt's own mask, and all that follows it."""
        mask = torch.ones_like(ids)
        if self.prompt_mask is not None:
            rows, given = len(ids), self.prompt_mask
            if rows % len(given) or given.shape[1] > ids.shape[1]:
                raise ValueError(
                    f"a prompt mask of shape {tuple(given.shape)} does not fit texts of shape "
                    f"{tuple(ids.shape)}; give the attention mask of this batch of prompts"
                )
            # generate() repeats each prompt for its beams or samples, one after the other
            repeated = given.repeat_interleave(rows // len(given), dim=0)
            mask[:, : given.shape[1]] = repeated.to(mask)
        return mask


class FusedExperts(LogitsProcessor):
    """Adds what fine-tuning did to small models to the large model that generates.

    `large.generate(**inputs, logits_processor=LogitsProcessorList([FusedExperts(small, experts)]))`
    costs one pass of each small model a token. All models need one tokenizer. Where vocabularies
    were padded to unlike sizes, give the tokenizer's own `vocabulary`: ids beyond it are never
    said. Of a batch with padded prompts give the `prompt_mask`, its attention mask [B, P].

    `weights` keeps what each step gave to each expert, [E, B], of the last text.
    """

    def __init__(
        self,
        small: PreTrainedModel,
        experts: list[PreTrainedModel],
        *,
        fusion: LogitFusion | None = None,
        vocabulary: int | None = None,
        prompt_mask: Tensor | None = None,
    ) -> None:
        self.followers = [Follower(m, prompt_mask) for m in (small, *experts)]
        self.fusion = fusion or LogitFusion()
        self.vocabulary = vocabulary
        self.weights: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Fused logits [B, V] of texts [B, T] and the large model's logits [B, V].

        Raises:
            ValueError: vocabularies of unlike size and no `vocabulary`.
        """
        if not self.followers[0].known(input_ids):
            self.weights = []
        logits = [scores, *(follow(input_ids) for follow in self.followers)]
        size = self.vocabulary or logits[0].shape[-1]
        if not self.vocabulary and any(z.shape[-1] != size for z in logits):
            raise ValueError(
                f"vocabularies of {[z.shape[-1] for z in logits]} ids: if they only differ by "
                "padding, give vocabulary=len(tokenizer); else these models cannot be fused"
            )
        large, small, *experts = (z[:, :size].float() for z in logits)
        fused = self.fusion(large, small, torch.stack(experts))
        self.weights.append(fused.weights)
        silent = scores.new_full((len(scores), scores.shape[-1] - size), -torch.inf)
        return torch.cat([fused.logits.to(scores), silent], dim=-1)
