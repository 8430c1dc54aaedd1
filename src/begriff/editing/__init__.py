"""Vectors -> vectors without a concept."""

__all__: list[str] = []
