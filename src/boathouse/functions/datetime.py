"""Functions of Spark's group for datetime."""
