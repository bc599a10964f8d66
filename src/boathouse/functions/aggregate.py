"""Functions of Spark's group for aggregate."""
