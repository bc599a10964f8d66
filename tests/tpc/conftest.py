"""Makes `tests.spark` importable and fixes the process to UTC, where Spark's answers were captured."""

import os
import sys
import time
from pathlib import Path

os.environ["TZ"] = "UTC"
time.tzset()
sys.path.insert(0, str(Path(__file__).parents[2]))
