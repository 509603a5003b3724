"""VPO [cen2024]: preference optimisation that is cautious off the data, or curious."""

from dataclasses import dataclass

from torch import Tensor

from dubito.nn.bradley_terry import bradley_terry


@dataclass(frozen=True)
class VPO:
    """Direct preference optimisation with one more term; losses in nats.

    All is said in log-ratios, log pi(y | x) - log pi_ref(y | x), summed over an answer's tokens.
    The calibration answers fix where rewards are 0, so they come from a law that does not move
    with the policy: the data's (`offline`) or the reference's (`online`).

    Two methods and not a sign, since the wrong one undoes what preference teaches. With alpha 0
    both are plain DPO. The terms grow with the answers' length; keep alpha small for long ones.
    Where pairs are few, `online` has no lower bound: take few steps a round.
    """

    beta: float = 0.1
    alpha: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what would turn caution into curiosity."""
        if not self.beta > 0 or not self.alpha >= 0:
            raise ValueError(
                f"beta must be above 0 and alpha at least 0, got {self.beta} and {self.alpha}"
            )

    def offline(self, chosen: Tensor, rejected: Tensor, calibration: Tensor) -> Tensor:
        """Loss for data at hand: keep probability on what they cover; [B], [B], [C] -> scalar."""
        return self.preference(chosen, rejected) + self.caution(calibration)

    def online(self, chosen: Tensor, rejected: Tensor, calibration: Tensor) -> Tensor:
        """Loss where new answers can be asked about: leave what is usual; [B], [B], [C] -> scalar.

        With the 0.003 to 0.01 of alpha that suits a mean over few pairs.
        """
        return self.preference(chosen, rejected) + self.curiosity(calibration)

    def preference(self, chosen: Tensor, rejected: Tensor) -> Tensor:
        """Plain DPO, mean -log sigmoid(beta (chosen - rejected)): [B], [B] -> scalar."""
        return bradley_terry(self.beta * chosen, self.beta * rejected).mean()

    def caution(self, calibration: Tensor) -> Tensor:
        """Falls as the calibration answers get likelier: [C] -> scalar, 0 at the reference."""
        return -self.curiosity(calibration)

    def curiosity(self, calibration: Tensor) -> Tensor:
        """Falls as the calibration answers get less likely: [C] -> scalar, 0 at the reference."""
        return self.alpha * self.beta * calibration.mean()
