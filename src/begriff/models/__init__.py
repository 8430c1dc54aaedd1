"""Models whose inner activations can be read, changed and differentiated."""

from begriff.models.text_transformer import TextTransformer

__all__ = ["TextTransformer"]
