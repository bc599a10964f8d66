"""Functions of Spark's group for array."""
