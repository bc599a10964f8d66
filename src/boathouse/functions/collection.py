"""Functions of Spark's group for collection."""
