"""Objectives that teach a model to know, and to say what it does not know."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.learn.methods import METHODS

if TYPE_CHECKING:
    from dubito.learn.honest_entropy import ua_clm
    from dubito.learn.judgement import after_last, departure, judged_right, judgement_loss
    from dubito.learn.known_references import certainty, less_doubtful_half, told_sure
    from dubito.learn.level_odds import centres, level_mass, odds, odds_loss, order_loss
    from dubito.learn.own_samples import compared, consistency
    from dubito.learn.scale import FIFTHS, FIRST, RIGHT, SURE, TENTHS, Scale
    from dubito.learn.soft_labels import smoothing_of, ual
    from dubito.learn.stated_confidence import level, share_right
    from dubito.learn.statement import followed_by, stated, stating_loss
    from dubito.learn.trainer import trainer_loss, with_columns

# All of them need torch, which takes a second to load: found when first asked for.
HOMES = {
    "FIFTHS": "dubito.learn.scale",
    "FIRST": "dubito.learn.scale",
    "RIGHT": "dubito.learn.scale",
    "SURE": "dubito.learn.scale",
    "Scale": "dubito.learn.scale",
    "TENTHS": "dubito.learn.scale",
    "after_last": "dubito.learn.judgement",
    "centres": "dubito.learn.level_odds",
    "certainty": "dubito.learn.known_references",
    "compared": "dubito.learn.own_samples",
    "consistency": "dubito.learn.own_samples",
    "departure": "dubito.learn.judgement",
    "followed_by": "dubito.learn.statement",
    "judged_right": "dubito.learn.judgement",
    "judgement_loss": "dubito.learn.judgement",
    "less_doubtful_half": "dubito.learn.known_references",
    "level": "dubito.learn.stated_confidence",
    "level_mass": "dubito.learn.level_odds",
    "odds": "dubito.learn.level_odds",
    "odds_loss": "dubito.learn.level_odds",
    "order_loss": "dubito.learn.level_odds",
    "share_right": "dubito.learn.stated_confidence",
    "smoothing_of": "dubito.learn.soft_labels",
    "stated": "dubito.learn.statement",
    "stating_loss": "dubito.learn.statement",
    "told_sure": "dubito.learn.known_references",
    "trainer_loss": "dubito.learn.trainer",
    "ua_clm": "dubito.learn.honest_entropy",
    "ual": "dubito.learn.soft_labels",
    "with_columns": "dubito.learn.trainer",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "FIFTHS",
    "FIRST",
    "METHODS",
    "RIGHT",
    "SURE",
    "TENTHS",
    "Scale",
    "after_last",
    "centres",
    "certainty",
    "compared",
    "consistency",
    "departure",
    "followed_by",
    "judged_right",
    "judgement_loss",
    "less_doubtful_half",
    "level",
    "level_mass",
    "odds",
    "odds_loss",
    "order_loss",
    "share_right",
    "smoothing_of",
    "stated",
    "stating_loss",
    "told_sure",
    "trainer_loss",
    "ua_clm",
    "ual",
    "with_columns",
]
