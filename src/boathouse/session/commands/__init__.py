"""Commands: a handler for each kind, found by the class of its spec.

A handler takes (session, command, operation) and gives an `Answer`. Handlers whose owner lies above
the session are handed in by `app`.
"""

from boathouse.session.commands.routing import HANDLERS, handler_of

__all__ = ["HANDLERS", "handler_of"]
