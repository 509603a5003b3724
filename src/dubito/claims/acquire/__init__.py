"""One experiment for each method of the room acquire: world, ours, baselines, margin."""
