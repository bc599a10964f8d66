"""Functions of Spark's group for predicate."""
