"""One experiment for each estimator: world, ours, baselines, margin."""
