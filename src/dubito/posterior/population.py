"""PopulationLM [roberts2023]: one language model as a population of individuals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from dubito.maths.arrays import Floats
from dubito.nn.evaluating import evaluating
from dubito.nn.shared_dropout import dropping_places, kept_masks


@dataclass(frozen=True)
class Population:
    """N individuals of one model: each is a set of dropout masks that it keeps for good.

    Masks are in place of the model's own dropout, or behind the linear layers whose names end
    like one of `places`: a model without dropout, such as Llama's kind, gets
    `places=("mlp.down_proj",)`. An individual is its number: it gives the same bits whenever it
    is asked the same, and is itself at any length and in any batch.

    What is said of the population goes by `dubito.maths.effects`. It shares its one network's
    accidents: the spread is of this model under damage, and N is free, so read effect sizes,
    never a p alone, and train again for the truth. Dropout lowers likelihoods: compare
    differences, and several rates.
    Differs: all rows of a batch are one individual unless `by_row`, which gives each row a mask of
    its own; masks come from the individual's number instead of being stored.
    """

    individuals: int = 20
    rate: float = 0.1
    places: tuple[str, ...] = ()
    by_row: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a population of none, and a rate that leaves nothing."""
        if self.individuals < 1 or not 0 <= self.rate < 1:
            raise ValueError(
                "individuals must be at least 1 and rate in [0, 1), "
                f"got {self.individuals} and {self.rate}"
            )

    @contextmanager
    def individual(self, model: nn.Module, number: int) -> Iterator[None]:
        """Within it the model is this individual, 0 and above; no other dropout is on.

        The model is in evaluation meanwhile, whatever mode it is in.
        """
        places = dropping_places(model, self.places)
        identity = (self.seed, number)
        masks = kept_masks(places, rate=self.rate, identity=identity, by_row=self.by_row)
        with evaluating(model), masks:
            yield

    @torch.no_grad()
    def __call__(self, model: nn.Module, scores: Callable[[], ArrayLike]) -> Floats:
        """What each individual scores for S stimuli: [N, S]; `scores()` asks the model for [S]."""
        found = []
        for number in range(self.individuals):
            with self.individual(model, number):
                found.append(np.asarray(scores(), dtype=np.float64))
        return np.stack(found)
