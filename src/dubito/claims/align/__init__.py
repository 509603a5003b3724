"""One experiment for each method of the room align: world, ours, baselines, margin."""
