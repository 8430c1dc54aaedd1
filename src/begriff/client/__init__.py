"""An atlas that a server holds, over HTTP."""

from begriff.client.client import Client

__all__ = ["Client"]
