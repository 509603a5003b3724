"""A model, its doubt and what to do about it, as one object."""

from dubito.guard.guard import Guard
from dubito.guard.policy import Abstain, Escalate, Retrieve

__all__ = ["Abstain", "Escalate", "Guard", "Retrieve"]
