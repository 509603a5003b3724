"""Questions, facts, texts and synthetic worlds with known truth."""

from dubito.data.arithmetic import arithmetic
from dubito.data.calibrated_math import calibrated_math
from dubito.data.contrast import contrasts
from dubito.data.facts import KINDS, facts
from dubito.data.feasibility import requests
from dubito.data.files import load_questions, save_questions
from dubito.data.matching import is_right
from dubito.data.methods import METHODS
from dubito.data.multi_answer import multi_answer
from dubito.data.normalise import normalise, words
from dubito.data.question import DataError, Question, stable_id
from dubito.data.refusal import declines
from dubito.data.texts import LabelledText, docstrings
from dubito.data.unanswerable import ambiguous, unanswerable

__all__ = [
    "KINDS",
    "METHODS",
    "DataError",
    "LabelledText",
    "Question",
    "ambiguous",
    "arithmetic",
    "calibrated_math",
    "contrasts",
    "declines",
    "docstrings",
    "facts",
    "is_right",
    "load_questions",
    "multi_answer",
    "normalise",
    "requests",
    "save_questions",
    "stable_id",
    "unanswerable",
    "words",
]
