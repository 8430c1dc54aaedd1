"""Items -> vectors. An encoder is made by name (``"minilm"``, ``"static"``) or handed in as an object."""

from begriff.encoders.minilm import MiniLM
from begriff.encoders.static import Static

__all__ = ["MiniLM", "Static"]
