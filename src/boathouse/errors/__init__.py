"""Spark's error conditions: `conditions` is the data, `exceptions` the tree."""
