"""Functions of Spark's group for conditional."""
