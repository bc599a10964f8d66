"""The typed plan: every expression has a Spark type and a nullability, every column an id.

Nothing in it is a name to look up; names are kept only to be shown.
"""
