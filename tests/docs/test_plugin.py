"""The plugin in a suite of someone else's."""

import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
from pyspark.testing import assertDataFrameEqual

def test_equal(spark):
    assertDataFrameEqual(spark.range(2), spark.createDataFrame([(0,), (1,)], "id long"))

def test_setting(fresh_spark):
    assert fresh_spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
"""


@pytest.mark.slow
def test_another_suite(root: Path, tmp_path: Path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {root / 'src'}\nboathouse_conf = spark.sql.session.timeZone=Asia/Tokyo\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "boathouse.pytest_plugin",
        "--noconftest",
    ]
    environment = {
        "PYTHONPATH": str(root / "src"),
        "PATH": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
