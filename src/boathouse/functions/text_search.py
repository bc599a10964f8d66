"""Functions that look for text in text."""
