"""Rep-MTL [wang2025rep]: what each task's loss reads of the features that all tasks share."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from dubito.nn.contrastive import info_nce
from dubito.nn.token_entropy import token_entropies


class Saliency(NamedTuple):
    """Of T tasks in B samples with C channels at L places."""

    gradients: Tensor  # [T, B, C, L] of the losses by the features, in units of the largest
    shares: Tensor  # [T, B, L] of each task in what counts at a place; 0 where nothing does
    entropy: Tensor  # one number in [0, log T], nats; lower = places belong to single tasks
    alignment: Tensor  # one number >= 0, nats; lower = tasks use a sample's channels alike


@dataclass(frozen=True)
class RepMTL:
    """A penalty >= 0 beside the losses of T tasks: places owned by one task, channels used alike.

    Add it to what is descended on: `(losses.sum() + rep(losses, features)).backward()`. It is made
    of gradients by the features [B, C, ...], whose own slope is a second derivative: heads need
    one, and a linear head tells it nothing. All losses must be of the same B samples. It costs a
    backward pass to the features for each task.

    One task has an entropy of 0. Scaling all losses alike changes nothing; that of one alone does,
    so a task may also buy a low entropy by falling silent: watch the weakest.

    Differs: the paper's sizes are not known, ours are of desk size; saliencies are compared by
    C x C products of their channels, each of length 1 over its places, or as they are where there
    is one place only; the anchor is their mean, not its square; the positive pair also stands in
    the denominator.

    Attributes:
        entropy: weight of the mean entropy of shares at a place.
        alignment: weight of the contrast between a sample's tasks and other samples; 0: not made.
        temperature: of that contrast.

    Raises:
        ValueError: a negative weight, or a temperature that is not above 0.
    """

    entropy: float = 0.02
    alignment: float = 0.1
    temperature: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what would reward the opposite."""
        if not (self.entropy >= 0 and self.alignment >= 0 and self.temperature > 0):
            raise ValueError(
                "weights of at least 0 and a temperature above 0 needed, got "
                f"{self.entropy}, {self.alignment} and {self.temperature}"
            )

    def __call__(self, losses: Tensor, features: Tensor) -> Tensor:
        """The penalty, one number; [T], [B, C, ...]."""
        gradients = by_features(losses, features, create_graph=True)
        penalty = self.entropy * ownership(gradients)[1]
        if not self.alignment:
            return penalty
        return penalty + self.alignment * contrast(gradients, self.temperature)

    def saliency(self, losses: Tensor, features: Tensor) -> Saliency:
        """What it looks at, to look on; the graph is kept, so that `backward` may follow.

        Raises:
            ValueError: losses that are no row, or features that no loss could be traced to.
        """
        gradients = by_features(losses, features, create_graph=False)
        with torch.no_grad():
            alignment = contrast(gradients, self.temperature)
            return Saliency(gradients, *ownership(gradients), alignment)


def by_features(losses: Tensor, features: Tensor, *, create_graph: bool) -> Tensor:
    """Gradients of T losses by features [B, C, ...], [T, B, C, L], over the largest of them all."""
    if losses.ndim != 1 or not len(losses) or features.ndim < 2 or not features.requires_grad:
        raise ValueError(
            "losses [T] and features [B, C, ...] that they are computed from needed, got "
            f"{[*losses.shape]} and {[*features.shape]}, requires_grad={features.requires_grad}"
        )
    rows = [
        torch.autograd.grad(
            loss, features, retain_graph=True, create_graph=create_graph, materialize_grads=True
        )[0]
        for loss in losses
    ]
    gradients = torch.stack([row.flatten(2) if row.ndim > 2 else row[..., None] for row in rows])
    # Means over rows make them small; in units of the largest nothing rounds to 0.
    largest = gradients.detach().abs().max()
    return gradients / largest.clamp(min=torch.finfo(largest.dtype).tiny)


def ownership(gradients: Tensor) -> tuple[Tensor, Tensor]:
    """Shares [T, B, L] of the tasks at each place, and their mean entropy; from [T, B, C, L].

    Of a task it is the size of the mean over channels, in which signs may cancel. A place that
    counts for no task has shares and an entropy of 0.
    """
    owners = gradients.mean(dim=2).abs()  # [T, B, L]
    counts = owners > 0
    used = counts.any(dim=0)  # [B, L]
    logs = owners.where(counts, 1.0).log().masked_fill(~counts & used, -torch.inf).movedim(0, -1)
    entropy = token_entropies(logs).where(used, 0.0)  # [B, L]
    shares = (logs.softmax(dim=-1) * used[..., None]).movedim(-1, 0)
    return shares, entropy.mean()


def contrast(gradients: Tensor, temperature: float) -> Tensor:
    """-log p of each task's channels among its sample's and other samples' anchors, [T, B, C, L].

    The mean over tasks and samples, nats; 0 of a single sample.
    """
    tasks, samples = gradients.shape[:2]
    # Of one place, rows of length 1 would be signs, which have no slope.
    rows = normalize(gradients, dim=-1) if gradients.shape[-1] > 1 else gradients
    affinity = rows @ rows.mT  # [T, B, C, C]
    anchor = normalize(affinity.mean(dim=0).flatten(1), dim=-1)  # [B, C C]
    affinity = normalize(affinity.flatten(2), dim=-1)  # [T, B, C C]
    own = (affinity * anchor).sum(dim=-1)[..., None]  # [T, B, 1]
    mine = torch.eye(samples, dtype=torch.bool, device=gradients.device).expand(tasks, -1, -1)
    scores = torch.where(mine, own, anchor @ anchor.T) / temperature  # [T, B, B]
    return info_nce(scores.flatten(0, 1), mine.flatten(0, 1))
