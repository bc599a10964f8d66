"""Functions of Spark's group for bitwise."""
