"""Functions of Spark's group for xml."""
