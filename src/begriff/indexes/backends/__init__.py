"""Vector indexes behind one interface."""
