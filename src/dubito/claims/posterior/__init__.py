"""One experiment for each method of the room posterior: world, ours, baselines, margin."""
