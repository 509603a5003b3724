"""Pieces of a policy's training step: what each is shown, what it must give, where it may run."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dubito.align.replay import LEAST, Replay


@dataclass(frozen=True)
class Rollout:
    """What was drawn and graded, before anything is learnt from it; B completions in all.

    Those of one prompt stand side by side: row b answers prompt b // group.
    """

    tokens: Tensor  # int [B, T]
    mask: Tensor  # bool [B, T] what the policy wrote, False in rows that were not kept
    advantages: Tensor  # [B], or [B, T] where the piece before has made them so
    entropies: Callable[[], Tensor]  # -> [B, T] nats, of the sampling policy; costs a pass
    group: int  # completions to a prompt


@dataclass(frozen=True)
class Learning:
    """What the policy makes of a batch while it learns from it, to be learnt through."""

    mask: Tensor  # bool [B, T] what the policy wrote
    logprobs: Tensor  # [B, T] nats, of the tokens
    reference: Tensor | None  # [B, T] the same of the reference; None where beta is 0
    logits: Callable[[], Tensor]  # -> [B, T, V] at the temperature of sampling; costs a pass

    @property
    def log_ratios(self) -> Tensor:
        """log pi - log pi_ref of each token, [B, T].

        Raises:
            ValueError: there is no reference.
        """
        if self.reference is None:
            raise ValueError(
                "there is no reference model; set beta in GRPOConfig above 0 (and kl_weight to "
                "zeros where its own KL is not wanted)"
            )
        return self.logprobs - self.reference


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """What is put in which place of a group-relative policy gradient, in the order of acting.

    Rewards go to the trainer as reward functions, as ever; one that says None takes its answer out
    of the group's mean, which `keep` comes too late for.
    """

    # Which completions are learnt from at all, bool [B].
    keep: Callable[[Rollout], Tensor] | None = None
    # Advantages [B] or [B, T] instead of the group's.
    advantages: Callable[[Rollout], Tensor] | None = None
    # How much each token counts in the policy's part of the loss, [B, T] >= 0; 1 is TRL's own.
    token_weight: Callable[[Rollout], Tensor] | None = None
    # How much each completion's KL counts, [B] >= 0; 1 is TRL's own.
    kl_weight: Callable[[Rollout], Tensor] | None = None
    # Groups of earlier steps in the place of those that teach nothing.
    replay: Replay | None = None
    # A scalar to add to the loss.
    term: Callable[[Learning], Tensor] | None = None

    def refuse(self, *, beta: float, processes: int) -> None:
        """Where these pieces cannot act.

        Raises:
            ValueError: kl_weight without a KL (beta 0); or any of those that are shown a whole
                rollout on several processes, of which each would see its own part.
        """
        if self.kl_weight is not None and beta == 0:
            raise ValueError("kl_weight weighs the KL, but beta is 0; set beta in GRPOConfig")
        given = [name for name, piece in vars(self).items() if piece is not None and name != "term"]
        if given and processes > 1:
            raise ValueError(
                f"{', '.join(given)} would look at the whole rollout, but it is spread over "
                f"{processes} processes; train with one (term alone may run on several)"
            )


def checked(
    place: str, found: Tensor, *shapes: tuple[int, ...], least: float = -math.inf
) -> Tensor:
    """What a piece gave, without its graph.

    Raises:
        ValueError: of another shape than these, not finite, or below `least`.
    """
    if tuple(found.shape) not in shapes:
        wanted = " or ".join(str([*shape]) for shape in shapes)
        raise ValueError(f"{place} must give {wanted}, got {[*found.shape]}")
    bad = ~torch.isfinite(found) | (found < least)
    if bad.any():
        floor = "" if least == -math.inf else f" and at least {least:g}"
        raise ValueError(f"{place} must give finite numbers{floor}, got {found[bad][0].item()}")
    return found.detach()


def checked_rows(place: str, found: Tensor, rows: int) -> Tensor:
    """What a piece chose, bool [B].

    Raises:
        ValueError: it is no such choice.
    """
    if found.dtype != torch.bool or tuple(found.shape) != (rows,):
        raise ValueError(f"{place} must give bool [{rows}], got {found.dtype} {[*found.shape]}")
    return found


def scalar(term: Tensor) -> Tensor:
    """What a term gave.

    Raises:
        ValueError: it is not one number.
    """
    if term.ndim:
        raise ValueError(f"term must give one number, got {[*term.shape]}; take a mean over mask")
    return term


def informative(rollout: Rollout, *, least: float = LEAST) -> Tensor:
    """Rows of those groups in which some written token has an advantage; bool [B].

    As `keep` it leaves out groups whose answers were all rewarded alike, with their KL too. The
    group's advantage of equal rewards may miss 0 by rounding: up to `least` counts as none. Set it
    below the advantages of your rewards where a trainer does not scale them.
    """
    of_token = rollout.advantages if rollout.advantages.ndim == 2 else rollout.advantages[:, None]
    felt = ((of_token.abs() > least) & rollout.mask).any(dim=1)  # [B]
    return felt.view(-1, rollout.group).any(dim=1).repeat_interleave(rollout.group)
