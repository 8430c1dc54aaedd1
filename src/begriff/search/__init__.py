"""Finding items and concepts in a snapshot, and the reasons of every hit."""
