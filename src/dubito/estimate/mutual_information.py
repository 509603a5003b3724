"""What the prompt adds to an answer's tokens: PMI [takayama2019] and its gate [vanderpoel2022]."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.draws import refuse_outside
from dubito.estimate.tokens import ROUNDING, of_tokens, pooled, surprises
from dubito.evidence import Evidence, Floats, Missing, Plan, Score, Sequence


@dataclass(frozen=True)
class PMI:
    """Mean of log p(token | prefix) - log p(token | prefix, prompt), nats, below 0 if it helps.

    An answer that the model would give to any question has a doubt near 0 however likely it is.
    Differs: mean over tokens, so length does not count; lm-polygraph leaves out the prior of the
    first token, which is known here.
    """

    @property
    def plan(self) -> Plan:
        """Log-probabilities with and without the prompt."""
        return Plan(logprobs=True, unconditional=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the tokens."""
        answer = evidence.answer
        return pooled(surprises(answer) - prior_surprises(answer), np.mean)


@dataclass(frozen=True)
class ConditionalPMI:
    """Mean of -log p(token) + weight * log p(token without the prompt) where the entropy is high.

    Nats. Elsewhere a token counts by its surprise alone: a model that knows how to go on owes
    nothing to its prior. `threshold` is in nats of entropy. Of top-k distributions the entropy is
    a lower bound; `bounds` says how far the doubt falls if it was higher.
    Differs: weight 1, mutual information proper, where the paper tunes 0.0656 (with this
    threshold) for decoding with one summariser. lm-polygraph's defaults are these two the other
    way round, and it leaves out the prior of the first token.
    """

    _: KW_ONLY
    threshold: float = 3.599  # nats
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a gate without meaning."""
        refuse_outside(self.weight, "weight")
        if not self.threshold >= 0:
            raise ValueError(f"threshold must be at least 0 nats, got {self.threshold}")

    @property
    def plan(self) -> Plan:
        """Log-probabilities with and without the prompt, and entropies."""
        return Plan(logprobs=True, distribution=True, unconditional=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the tokens."""
        answer = evidence.answer
        surprise, prior = surprises(answer), self.weight * prior_surprises(answer)  # [T], [T]
        unsure = of_tokens(answer.entropies, "entropies") >= self.threshold
        doubts = surprise - np.where(unsure, prior, 0.0)
        if answer.entropies_upper is None:
            return pooled(doubts, np.mean)
        perhaps = of_tokens(answer.entropies_upper, "entropies") >= self.threshold
        least = float(np.mean(surprise - np.where(perhaps, prior, 0.0)))
        score = pooled(doubts, np.mean)
        return Score(score.doubt, tokens=score.tokens, bounds=(least, score.doubt))


def prior_surprises(answer: Sequence) -> Floats:
    """-log p >= 0 of each of T >= 1 tokens without the prompt, nats [T].

    Raises:
        Missing: not collected, or a token that is impossible without the prompt.
        ValueError: NaN, above 0, or another number of tokens than log-probabilities.
    """
    known = of_tokens(answer.unconditional, "unconditional")
    if answer.logprobs is not None and len(known) != len(answer.logprobs):
        raise ValueError(
            f"unconditional has {len(known)} values for {len(answer.logprobs)} tokens; "
            "collect this prompt again"
        )
    if (known > ROUNDING).any():
        raise ValueError(f"unconditional is {known.max()}, above 0; give natural logs")
    if np.isinf(known).any():
        raise Missing(f"token {int(np.isinf(known).argmax())} is impossible without its prompt")
    return np.maximum(0.0 - known, 0.0)
