"""Synthetic worlds whose truth is known; each is imported from its own module."""
