"""Makes `tests.spark` importable and fixes the process to UTC, where Spark's answers were captured."""

import os
import sys
import time
from pathlib import Path

import pytest
from pyspark.errors import utils

os.environ["TZ"] = "UTC"
time.tzset()
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(scope="session", autouse=True)
def the_client_tells_where_it_is_called():
    """PySpark asks once in a process whether it should, and other tests have no server to answer."""
    utils._enable_debugging_cache = None
    yield
    utils._enable_debugging_cache = None
