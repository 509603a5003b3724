"""What tuning on self-made labels shares: one of K words is taught after an answer, and read.

A label is a confidence in [0, 1] of the model's own answer. Where it comes from is the method's:
the answer's grade (`judgement`), the share of right ones in its sub-task (`stated_confidence`),
whether the reference was known or draws agree (`known_references`), how often the answer was
drawn (`own_samples`). `Scale` says which words state it.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

IGNORED = -100  # the label of a token that is not learnt, as torch and transformers have it


class Labelled(NamedTuple):
    """Texts of one length, and which of their tokens are learnt."""

    tokens: Tensor  # [B, T]
    labels: Tensor  # [B, T] the same tokens, IGNORED where nothing is learnt


class Stated(NamedTuple):
    """A confidence read from the token that states it, in [0, 1], higher is more certain."""

    likeliest: Tensor  # [B] what the user sees
    expected: Tensor  # [B] the mean over what may be stated, finer


def followed_by(said: Tensor, query: int, verdict: Tensor, *, answers: int = 0) -> Labelled:
    """Answers [B, T], a query and what is to follow it, [B]: [B, T + 2].

    The verdict is learnt, and of what comes before the query the last `answers` tokens: 0 leaves
    the model's own answers as they are, 1 teaches answers of one token as well.

    Raises:
        ValueError: answers not in 0 .. T.
    """
    if not 0 <= answers <= said.shape[1]:
        raise ValueError(f"answers must be in 0 .. {said.shape[1]}, got {answers}")
    asked = said.new_full((len(said), 1), query)
    tokens = torch.cat([said, asked, verdict[:, None].to(said)], dim=1)  # [B, T + 2]
    labels = torch.full_like(tokens, IGNORED)
    labels[:, -1] = tokens[:, -1]
    taught = slice(said.shape[1] - answers, said.shape[1])
    labels[:, taught] = tokens[:, taught]
    return Labelled(tokens, labels)


def stating_loss(logits: Tensor, labels: Tensor, *, options: Tensor) -> Tensor:
    """-log p of each of N tokens, [N, V], [N] -> [N], nats; of an option among the K options alone.

    A token that is no option is held against the whole vocabulary, as an answer that is taught
    along with its verdict. Against the whole vocabulary, K words that the model never said would
    first have to be lifted together from its bottom, for as long as they are all alike.

    Raises:
        ValueError: fewer than two options, or one that stands there twice.
    """
    if len(options) < 2 or len(options.unique()) < len(options):
        raise ValueError(f"at least two different options are needed, got {options.tolist()}")
    target = logits.gather(-1, labels[:, None])[:, 0]  # [N]
    among = logits[:, options].logsumexp(dim=-1) - target  # [N]
    is_option = (labels[:, None] == options.to(labels)).any(dim=-1)  # [N]
    return torch.where(is_option, among, cross_entropy(logits, labels, reduction="none"))


def stated(logits: Tensor, tokens: Tensor, values: Tensor, *, temperature: float = 1.0) -> Stated:
    """The confidence after the query, read over the K tokens that state one: [B, V] -> [B].

    Args:
        logits: of the token after the query, [B, V].
        tokens: those that state a confidence, [K].
        values: what each of them states, [K] in [0, 1].
        temperature: divides the logits; above 1, confidences come closer to each other.

    Raises:
        ValueError: another number of values than of tokens, a value outside of [0, 1], or a
            temperature that is not above 0.
    """
    if tokens.shape != values.shape or not bool(((values >= 0) & (values <= 1)).all()):
        raise ValueError(
            f"a value in [0, 1] for each token, got {values.tolist()} for {tokens.tolist()}"
        )
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    p = (logits[:, tokens] / temperature).softmax(dim=-1)  # [B, K]
    value = values.to(p)
    return Stated(value[p.argmax(dim=-1)], p @ value)
