"""Functions of Spark's group for csv."""
