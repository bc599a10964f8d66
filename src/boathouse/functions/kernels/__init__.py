"""What functions compute in Python on Arrow columns (see `boathouse.duck.kernels`).

The modules here are imported when a query first calls them, so they may need what the rest of the
function table does not: numpy, cryptography, lxml, fastavro.
"""
