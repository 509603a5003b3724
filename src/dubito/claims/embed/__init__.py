"""One experiment for each method of the room embed: world, ours, baselines, margin."""
