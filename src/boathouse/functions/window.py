"""Functions of Spark's group for window."""
