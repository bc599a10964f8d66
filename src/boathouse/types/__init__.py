"""Spark data types as values, their DDL and JSON forms, and their Arrow mapping."""

from boathouse.types.datatypes import *  # noqa: F403 - the room's public words
