"""The doubt of language models: measure it, calibrate it, act on it, train with it."""

__version__ = "0.1.0"
