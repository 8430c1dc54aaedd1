"""Prints the schemas of the server's documents: ``scripts/types.sh`` makes types of them."""

import json
import sys
from typing import Any

from begriff.server import create_app

OF_THE_FRAMEWORK = ("HTTPValidationError", "ValidationError")  # their form changes with its version


def bare(schema: Any) -> Any:
    """A schema without what makes no type."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: bare(part) for name, part in value.items()}
        if key == "properties"
        else bare(value)
        for key, value in schema.items()
        if key not in ("title", "description", "examples")
    }


no_atlas: Any = None  # the document is made without answering a request
document = create_app(no_atlas).openapi()
schemas = {
    name: bare(schema)
    for name, schema in document["components"]["schemas"].items()
    if name not in OF_THE_FRAMEWORK
}
kept = {**document, "paths": {}, "components": {"schemas": schemas}}
json.dump(kept, sys.stdout, sort_keys=True)
