"""Functions of Spark's group for struct."""
