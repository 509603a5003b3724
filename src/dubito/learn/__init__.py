"""Objectives that teach a model to know, and to say what it does not know."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.learn.methods import METHODS

if TYPE_CHECKING:
    from dubito.learn.honest_entropy import ua_clm
    from dubito.learn.judgement import after_last, departure, judged_right, judgement_loss
    from dubito.learn.soft_labels import smoothing_of, ual
    from dubito.learn.stated_confidence import (
        followed_by,
        level,
        of_word,
        share_right,
        stated,
        word,
    )
    from dubito.learn.trainer import trainer_loss, with_columns

# All of them need torch, which takes a second to load: found when first asked for.
HOMES = {
    "after_last": "dubito.learn.judgement",
    "departure": "dubito.learn.judgement",
    "followed_by": "dubito.learn.stated_confidence",
    "judged_right": "dubito.learn.judgement",
    "judgement_loss": "dubito.learn.judgement",
    "level": "dubito.learn.stated_confidence",
    "of_word": "dubito.learn.stated_confidence",
    "share_right": "dubito.learn.stated_confidence",
    "smoothing_of": "dubito.learn.soft_labels",
    "stated": "dubito.learn.stated_confidence",
    "trainer_loss": "dubito.learn.trainer",
    "ua_clm": "dubito.learn.honest_entropy",
    "ual": "dubito.learn.soft_labels",
    "with_columns": "dubito.learn.trainer",
    "word": "dubito.learn.stated_confidence",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "after_last",
    "departure",
    "followed_by",
    "judged_right",
    "judgement_loss",
    "level",
    "of_word",
    "share_right",
    "smoothing_of",
    "stated",
    "trainer_loss",
    "ua_clm",
    "ual",
    "with_columns",
    "word",
]
