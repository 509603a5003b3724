"""A small reader of pictures that answers one question about each."""

import torch
from torch import Tensor, nn


class PictureReader(nn.Module):
    """Class logits; [B, S, S, C] pixels in [0, 1] and [B] questions -> [B, classes].

    The picture is cut into patches, each is read by itself, the question gates what counts of
    each patch, and the sum over patches is classified.
    """

    def __init__(
        self, *, questions: int, classes: int, patch: int = 8, channels: int = 3, width: int = 64
    ) -> None:
        super().__init__()
        self.patches = nn.Conv2d(channels, width, patch, stride=patch)
        self.read = nn.Linear(width, width)
        self.gate = nn.Embedding(questions, width)
        self.asked = nn.Embedding(questions, width)
        self.mix = nn.Linear(2 * width, width)
        self.classify = nn.Linear(width, classes)

    def forward(self, pixels: Tensor, question: Tensor) -> Tensor:
        """[B, S, S, C], [B] -> [B, classes]."""
        patches = self.patches(pixels.movedim(-1, 1)).flatten(2).mT  # [B, P, W]
        seen = self.read(patches.relu()).relu()  # [B, P, W]
        counted = (seen * self.gate(question)[:, None]).relu().sum(dim=1)  # [B, W]
        both = torch.cat([counted, self.asked(question)], dim=-1)  # [B, 2W]
        return self.classify(self.mix(both).relu())
