"""Functions of Spark's group for json."""
