"""Functions that take a Java regular expression."""
