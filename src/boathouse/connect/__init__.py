"""The Spark Connect door: protobuf in (`decode`), Arrow and protobuf out (`encode`), and between
them the protocol's life of sessions and operations. It decides nothing about queries.
"""
