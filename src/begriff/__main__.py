"""``python -m begriff`` is the command line."""

from begriff.cli import main

main()
