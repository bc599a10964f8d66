"""Functions of Spark's group for math."""
