"""Embeddings that know how sure they are."""

from dubito.embed.methods import METHODS

__all__ = ["METHODS"]
