"""One experiment for each method of the room multitask: world, ours, baselines, margin."""
