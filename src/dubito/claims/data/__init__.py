"""One experiment for each benchmark: it shows what the benchmark was built to show."""
