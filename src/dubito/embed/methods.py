"""The table of the room embed: one row each. Classes are loaded when they are made."""

from dubito.method import Method

METHODS: tuple[Method, ...] = ()
