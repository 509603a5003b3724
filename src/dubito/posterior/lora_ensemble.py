"""LoRA-Ensemble [muehlematter2024]: a deep ensemble as low-rank members of one frozen network."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.nn.sampled_low_rank import Adapter, MemberLinear, add_low_rank
from dubito.posterior.passes import Logits, member_logp
from dubito.posterior.predictive import Predictive, predictive_classes


@dataclass(frozen=True)
class LoRAEnsemble:
    """M members that share all but their low-rank factors and, if wished, their heads.

    They differ by where A starts, hence the wide `gain`; B starts at 0. Train `loss` inside
    `sampled(model)`, without weight decay: one pass for all. Members average to less confidence:
    where each is calibrated the mean may be too modest, so calibrate after averaging.
    """

    members: int = 8
    rank: int = 8
    gain: float = 10.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse an ensemble of none."""
        if self.members < 1 or self.rank < 1:
            raise ValueError(
                f"members and rank must be at least 1, got {self.members} and {self.rank}"
            )

    def attach(
        self, model: nn.Module, endings: tuple[str, ...], *, heads: tuple[str, ...] = ()
    ) -> list[str]:
        """Freeze the model; give linear layers whose names end so members; their names.

        Linear layers whose names end like one of `heads` are replaced by M fresh ones.

        Raises:
            ValueError: an ending of `heads` that no other linear layer's name has, or no layer.
        """
        linear = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)]
        left = [n for n in linear if not n.endswith(endings)]
        missing = [head for head in heads if not any(n.endswith(head) for n in left)]
        if missing:
            raise ValueError(f"no linear layer for the heads {missing}; there are {left}")
        model.requires_grad_(False)
        adapter = Adapter(rank=self.rank, members=self.members, gain=self.gain)
        found = add_low_rank(model, endings, adapter, seed=self.seed)
        plain = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear)}
        for i, name in enumerate(n for n in plain if n.endswith(heads)):
            old = plain[name]
            new = MemberLinear(
                self.members, old.in_features, old.out_features, seed=self.seed + i + 1
            )
            model.set_submodule(name, new.to(old.weight))
            found.append(name)
        return found

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Mean of each member's own cross-entropy, nats: [M B, V] and [B] -> one number.

        Not that of their mean prediction, which would couple them; labels of -100 are left out.
        """
        return cross_entropy(logits, labels.repeat(len(logits) // len(labels)))

    def predict(self, model: nn.Module, logits: Logits, x: Tensor) -> Predictive:
        """Of inputs [B, ...]: mean log-probabilities, doubts in nats."""
        return predictive_classes(member_logp(model, logits, x))
