"""Finding vectors and words."""
