"""A session: its settings, temporary views, cached relations, and the two paths from spec to
result.
"""
