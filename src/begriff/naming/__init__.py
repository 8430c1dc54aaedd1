"""Words for concepts, and a score for every name."""
