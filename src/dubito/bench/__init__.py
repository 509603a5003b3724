"""Metrics, runner and report."""
