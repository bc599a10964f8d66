"""Functions of Spark's group for operators."""
