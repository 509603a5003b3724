"""One experiment for each rule of decision: world, ours, baselines, margin."""
