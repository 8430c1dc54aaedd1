"""Items -> vectors.

An encoder is made by name (``"minilm"``, ``"static"``), from a folder, from an address, or handed
in as an object.
"""

from begriff.encoders.minilm import MiniLM
from begriff.encoders.passages import Passages
from begriff.encoders.remote import Remote
from begriff.encoders.sentences import SentenceTransformer
from begriff.encoders.static import Static

__all__ = ["MiniLM", "Passages", "Remote", "SentenceTransformer", "Static"]
