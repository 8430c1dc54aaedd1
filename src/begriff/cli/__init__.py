"""The command line. A command parses, calls the library once, and prints one document."""

from begriff.cli.main import app, main

__all__ = ["app", "main"]
