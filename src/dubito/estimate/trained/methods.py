"""The table of estimators that are fitted first: one row each."""

from dubito.method import Method

TRAINED: tuple[Method, ...] = ()
