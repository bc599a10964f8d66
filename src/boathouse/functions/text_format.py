"""Numbers as text and text as numbers, by format strings."""
