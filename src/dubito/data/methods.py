"""The table of benchmarks: one row each; calling a row's builder gives its items."""

from dubito.data.contrast import contrasts
from dubito.data.feasibility import requests
from dubito.data.multi_answer import multi_answer
from dubito.data.worlds.exposure import exposure
from dubito.method import Method

METHODS: tuple[Method, ...] = (
    Method(
        "maqa",
        multi_answer,
        "questions with several right answers beside twins with one: does doubt see the difference",
        "yang2024m",
        "benchmark",
        needs=("text",),
        calls="1 + K",
    ),
    Method(
        "illusion-of-certainty",
        exposure,
        "how well a doubt ranks a model's true epistemic error, with ambiguity and without",
        "tomov2025",
        "benchmark",
        needs=("text",),
        calls="K",
    ),
    Method(
        "certainly-uncertain",
        contrasts,
        "one question of two scenes, answerable and not, sorted by why",
        "chandu2024",
        "benchmark",
        needs=("text",),
        calls="1",
    ),
    Method(
        "task-feasibility",
        requests,
        "requests that a model of text can carry out, and that it cannot, by category",
        "zhang2024f",
        "benchmark",
        needs=("text",),
        calls="1",
    ),
)
