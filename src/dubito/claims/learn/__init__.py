"""One experiment for each method of the room learn: world, ours, baselines, margin."""
