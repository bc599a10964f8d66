"""Functions of Spark's group for map."""
