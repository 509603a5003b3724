"""One experiment for each method, and the lab they share."""
