"""Commands over Delta tables: what a statement says, as changes of a table."""
