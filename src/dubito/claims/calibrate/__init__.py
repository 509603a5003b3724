"""One experiment for each calibrator: world, ours, baselines, margin."""
