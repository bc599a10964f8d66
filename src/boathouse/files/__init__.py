"""Files as sources and sinks of rows: listing, schema inference, reading, writing.

Nothing here calls DuckDB: a scan is described as a duck tree.
"""

from boathouse.files.environment import Environment
from boathouse.files.formats import format_named, is_file_format, open_files, open_texts
from boathouse.files.scan import FileScan

__all__ = ["Environment", "FileScan", "format_named", "is_file_format", "open_files", "open_texts"]
