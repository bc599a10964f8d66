"""Functions of Spark's group for misc."""
