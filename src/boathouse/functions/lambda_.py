"""Functions of Spark's group for lambda_."""
