"""Pure functions on arrays: entropies, divergences, graphs, kernels, ranks; no models."""
