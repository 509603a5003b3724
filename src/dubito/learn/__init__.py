"""Objectives that teach a model to know, and to say what it does not know."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.learn.methods import METHODS

if TYPE_CHECKING:
    from dubito.learn.honest_entropy import ua_clm
    from dubito.learn.judgement import after_last, departure, judged_right, judgement_loss
    from dubito.learn.soft_labels import smoothing_of, ual
    from dubito.learn.trainer import trainer_loss, with_columns

# All of them need torch, which takes a second to load: found when first asked for.
HOMES = {
    "after_last": "dubito.learn.judgement",
    "departure": "dubito.learn.judgement",
    "judged_right": "dubito.learn.judgement",
    "judgement_loss": "dubito.learn.judgement",
    "smoothing_of": "dubito.learn.soft_labels",
    "trainer_loss": "dubito.learn.trainer",
    "ua_clm": "dubito.learn.honest_entropy",
    "ual": "dubito.learn.soft_labels",
    "with_columns": "dubito.learn.trainer",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "after_last",
    "departure",
    "judged_right",
    "judgement_loss",
    "smoothing_of",
    "trainer_loss",
    "ua_clm",
    "ual",
    "with_columns",
]
