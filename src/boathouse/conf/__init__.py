"""The spark.* settings: `table` is the data, `settings` a session's view of it."""

from boathouse.conf.settings import Settings

__all__ = ["Settings"]
