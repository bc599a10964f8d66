"""Functions of Spark's group for conversion."""
