"""Concepts -> labels, in a form that a person can read and correct."""

__all__: list[str] = []
