# pyright: reportMissingImports=false
"""A delta-rs process that appends, for `.venv-delta/bin/python`: ``delta_rs.py TABLE WHO COUNT``."""

import sys

import pyarrow as pa
from deltalake import write_deltalake
from deltalake.exceptions import CommitFailedError

table, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    rows = pa.table(
        {
            "who": pa.array([who] * 2, pa.string()),
            "number": pa.array([number] * 2, pa.int32()),
            "part": pa.array([0, 1], pa.int64()),
        }
    )
    while True:
        try:
            write_deltalake(table, rows, mode="append")
            break
        except CommitFailedError:
            continue
    print("append", who, number, flush=True)
