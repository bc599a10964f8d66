"""Functions of Spark's group for hash."""
