"""UPO [wang2024upo]: pairs of one's own answers, kept where a second judge agrees and is sure."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from dubito.align.reward_gaps import surest
from dubito.maths.information import ensemble_information
from dubito.nn.bradley_terry import bradley_terry

WORTHLESS = 0.1  # rewards nearer to 0 than this count as this far from it


class Verdicts(NamedTuple):
    """What a judge makes of N pairs in S passes with dropout."""

    agreed: Tensor  # bool [N] more than half of the passes prefer the chosen answer too
    doubt: Tensor  # [N] nats in [0, log 2], higher = the passes dispute more


def verdicts(p: Tensor) -> Verdicts:
    """Of the passes' probabilities that either answer is better, the chosen one first; [S, N, 2].

    Such as `dropout_passes` gives with softmax. Passes that all say 1/2 do not agree, and have a
    doubt of 0 all the same: ask for both. Without dropout every doubt is 0.

    Raises:
        ValueError: of another shape, or no probabilities.
    """
    if p.ndim != 3 or p.shape[2] != 2 or not len(p):
        raise ValueError(f"probabilities [S, N, 2] needed, got {[*p.shape]}")
    if not bool((p >= 0).all()) or not bool(((p.sum(dim=-1) - 1).abs() < 1e-3).all()):
        raise ValueError("both probabilities of a pair must sum to 1; give softmax(dim=-1)")
    told = p.detach()
    votes = (told[..., 0] > told[..., 1]).double().mean(dim=0)  # [N]
    disputed = ensemble_information(told.double().cpu().numpy())  # [N]
    return Verdicts(votes > 0.5, torch.from_numpy(disputed).to(p))


def both_orders(chosen: Tensor, rejected: Tensor) -> tuple[Tensor, Tensor]:
    """What a judge is taught by: each pair in either order, and where the better one stands.

    [N, d], [N, d] -> [2 N, 2 d], int [2 N]. Taught in one order it would learn the place.
    """
    rows = torch.cat([torch.cat([chosen, rejected], -1), torch.cat([rejected, chosen], -1)])
    return rows, torch.arange(2, device=rows.device).repeat_interleave(len(chosen))


def imitation(chosen: Tensor, reward: Tensor) -> Tensor:
    """To add with a weight: falls as chosen answers get likelier, [B], [B] -> scalar, nats.

    Of log-ratios or log-probabilities, each over the size of its reward, which counts as 0.1
    where it is nearer to 0.
    """
    return -(chosen / reward.detach().abs().clamp(min=WORTHLESS)).mean()


@dataclass(frozen=True)
class UPO:
    """Which pairs of a round to learn from, and a loss that hedges on those that are doubted.

    `share` is of the pairs that the judge agrees on. Log-ratios, log pi(y | x) - log pi_ref(y | x),
    are summed over an answer's tokens; the reference is the policy of the round before. hedge 0 is
    plain DPO on the pairs that were kept. The loss of a margin z is -(1 - alpha) log sigmoid(z) -
    alpha log sigmoid(-z), where alpha is how likely the pair is the wrong way round.

    Differs: alpha is hedge * doubt / log 2, since the paper's is about 1 for every pair, which
    would teach them the wrong way round; and `imitation` makes chosen answers likelier, where the
    paper's printed sign is reversed. Pairs of earlier rounds are the caller's to add.
    """

    share: float = 0.5
    beta: float = 0.1
    hedge: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what would teach a doubted pair the wrong way round."""
        if not 0 < self.share <= 1 or not self.beta > 0 or not 0 <= self.hedge <= 0.5:
            raise ValueError(
                "share must lie in (0, 1], beta above 0 and hedge in [0, 0.5], "
                f"got {self.share}, {self.beta} and {self.hedge}"
            )

    def drawn(self, said: Verdicts, generator: torch.Generator) -> Tensor:
        """The paper's choice: drawn without return, as likely as 1 - doubt; bool [N].

        Doubts are mostly so small that this is nearly an even draw among those agreed on.
        """
        weight = said.agreed * (1 - said.doubt)  # [N], at least 1 - log 2 where agreed
        kept = torch.zeros_like(said.agreed)
        if said.agreed.any():
            count = max(1, round(self.share * int(said.agreed.sum())))
            kept[torch.multinomial(weight.cpu(), count, generator=generator).to(kept.device)] = True
        return kept

    def surest(self, said: Verdicts) -> Tensor:
        """Those that the passes dispute least, of those agreed on; bool [N], ties stay together."""
        kept = said.agreed.clone()
        if kept.any():
            kept[said.agreed] = surest(said.doubt[said.agreed], self.share)
        return kept

    def hedging(self, chosen: Tensor, rejected: Tensor, doubt: Tensor) -> Tensor:
        """What the loss has beside DPO's; of the same, -> scalar, nats.

        `ComposedDPOTrainer(..., term=UPO().hedging, columns=["doubt"])`, with the beta of the
        DPOConfig and a column `doubt` in the data.
        """
        alpha = self.hedge * doubt / math.log(2)  # [B]
        return (alpha * self.beta * (chosen - rejected)).mean()

    def __call__(self, chosen: Tensor, rejected: Tensor, doubt: Tensor) -> Tensor:
        """The loss of B pairs, nats; log-ratios [B], [B] and doubts [B] -> scalar.

        Raises:
            ValueError: three shapes that differ.
        """
        if not chosen.shape == rejected.shape == doubt.shape:
            raise ValueError(
                f"one shape needed, got {[*chosen.shape]}, {[*rejected.shape]}, {[*doubt.shape]}"
            )
        preference = bradley_terry(self.beta * chosen, self.beta * rejected).mean()
        return preference + self.hedging(chosen, rejected, doubt)
