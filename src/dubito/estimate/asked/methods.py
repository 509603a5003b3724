"""The table of methods that ask in several ways: one row each."""

from dubito.method import Method

ASKED: tuple[Method, ...] = ()
