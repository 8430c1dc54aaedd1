"""Atlases over HTTP: ``create_app`` makes the application, ``serve`` runs it."""

from begriff.server.app import Settings, create_app
from begriff.server.run import serve

__all__ = ["create_app", "serve", "Settings"]
