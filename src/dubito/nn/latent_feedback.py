"""A language model that thinks in vectors: each state is the next input embedding [hao2024]."""

from typing import Any

import torch
from torch import Tensor, nn


class LatentStates(nn.Module):
    """Last states of a transformers model, [M, P] token ids and [M, t, d] latents -> [M, t, d].

    The latents stand behind the prompt as input embeddings; what is given are the states at
    their own positions. Prompts of one length only: nothing is padded.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """The states at the latent positions."""
        return self.everywhere(questions, latents)[:, questions.shape[1] :]

    def everywhere(self, questions: Tensor, latents: Tensor) -> Tensor:
        """The states at all positions, [M, P + t, d]."""
        embedded = self.model.get_input_embeddings()(questions)  # [M, P, d]
        seen = self.model(
            inputs_embeds=torch.cat([embedded, latents.to(embedded.dtype)], dim=1),
            output_hidden_states=True,
            use_cache=False,
        )
        return seen.hidden_states[-1]


class FedBack(nn.Module):
    """The next latent of a transformers model, [M, P] token ids and [M, t, d] -> [M, d].

    The last state behind the prompt and the latents so far; the whole prefix is read each time.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.states = LatentStates(model)

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """The state that is fed back."""
        return self.states.everywhere(questions, latents)[:, -1]
