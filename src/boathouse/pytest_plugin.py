"""The pytest plugin: what a test suite gets when Boathouse is installed beside it."""
