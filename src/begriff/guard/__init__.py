"""Texts that must not pass: concept prompts, a small classifier, a chosen false-positive rate."""

__all__: list[str] = []
