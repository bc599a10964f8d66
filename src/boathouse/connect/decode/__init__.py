"""Protobuf to spec, a table entry for each kind of message. Nothing is looked up here."""
