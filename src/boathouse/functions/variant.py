"""Functions of Spark's group for variant."""
