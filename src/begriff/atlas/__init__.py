"""The facade of an atlas folder, with what people keep in it and take out of it."""
