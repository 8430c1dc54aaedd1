"""The folder of a corpus rewritten as concepts: build, search and its reasons, edits."""
