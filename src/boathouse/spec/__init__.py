"""What the client said, nothing looked up: unbound expressions, relations and commands.

Both doors end here: `connect.decode` from protobuf and `sql.parse` from text. The nodes mirror
Spark Connect's messages; where SQL can say more than the protocol, the node says so.
Walk the tree by `node.children` fields, never by text.
"""
