"""Functions of Spark's group for missing."""
