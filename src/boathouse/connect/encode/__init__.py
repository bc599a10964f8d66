"""Spec, types, results and errors to protobuf."""
