"""Arrow's arrays over numpy's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def integers(values: np.ndarray) -> pa.Array:
    """`values`, integers, in the same memory. pyarrow itself imports numpy.ma first, 8 MB, to see
    whether some are masked.
    """
    held = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(held.dtype)
    return pa.Array.from_buffers(kind, len(held), [None, pa.py_buffer(held)])
