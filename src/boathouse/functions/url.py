"""Functions of Spark's group for url."""
