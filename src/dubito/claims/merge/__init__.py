"""One experiment for each method of the room merge: world, ours, baselines, margin."""
