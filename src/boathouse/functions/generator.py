"""Functions of Spark's group for generator."""
