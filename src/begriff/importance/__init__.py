"""Which concepts matter to a model, with statistics."""

__all__: list[str] = []
