"""`make bench`: Boathouse beside raw DuckDB, Polars, Sail and, where Java is, Spark.

Every engine is a process in its own environment, driven through its own public Python API over the
same Parquet files; rounds are interleaved so that a busy moment of the machine hits all alike.
"""
