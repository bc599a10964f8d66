"""`boathouse.session`: an engine in this process, started and stopped without a trace."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest
from pyspark.errors import PySparkException
from pyspark.sql.connect.session import SparkSession

import boathouse
from boathouse.app import Boathouse, serve
from boathouse.errors.exceptions import SparkError


def threads():
    return [each.name for each in threading.enumerate() if each.name.startswith("boathouse")]


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where temporary directories lie; it must be empty again in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_a_session_and_its_end():
    others = threads()  # of sessions that other tests share
    with boathouse.session() as spark:
        assert isinstance(spark, SparkSession)
        assert [row.id for row in spark.range(3).collect()] == [0, 1, 2]
        assert len(threads()) > len(others)
    assert threads() == others
    assert SparkSession.getActiveSession() is None


def test_stop_twice():
    spark = boathouse.session()
    spark.stop()
    spark.stop()


def test_another_client_of_a_stopped_session_is_told():
    with boathouse.session() as spark:
        other = SparkSession(spark.client._builder)
        assert other.range(2).count() == 2
    with pytest.raises(PySparkException, match="is stopped"):
        other.range(2).count()


def test_an_error_holds_nothing_of_the_server():
    with boathouse.session() as spark:
        with pytest.raises(PySparkException) as caught:
            spark.sql("SELECT raise_error('on purpose')").collect()
        link = caught.value.__context__
        assert link is not None
        while link is not None:
            assert not isinstance(link, SparkError)
            link = link.__context__


def test_settings_to_start_with():
    settings = {"spark.sql.session.timeZone": "Asia/Tokyo"}
    with boathouse.session(spark_sql_ansi_enabled=False, settings=settings) as spark:
        assert spark.conf.get("spark.sql.ansi.enabled") == "false"
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"


def test_two_sessions_share_nothing():
    with boathouse.session() as one, boathouse.session() as other:
        one.range(1).createOrReplaceTempView("mine")
        assert one.table("mine").collect()
        with pytest.raises(PySparkException, match="TABLE_OR_VIEW_NOT_FOUND"):
            other.table("mine").collect()
        assert one.client.host == other.client.host == "localhost"


def test_the_newest_session_is_the_active_one():
    with boathouse.session() as one:
        with boathouse.session() as other:
            assert SparkSession.getActiveSession() is other
        assert SparkSession.getActiveSession() is one
        assert SparkSession.builder.getOrCreate() is one


def test_data_is_a_directory_of_the_users_choice(tmp_path):
    with boathouse.session(tmp_path / "lake") as spark:
        assert spark.conf.get("spark.sql.warehouse.dir") == (tmp_path / "lake").as_uri()
    assert (tmp_path / "lake").is_dir()


def test_every_function_is_listed():
    with boathouse.session() as spark:
        names = [function.name for function in spark.catalog.listFunctions()]
    assert {"upper", "coalesce", "sum", "explode"} <= set(names)
    assert names == sorted(names)


def test_the_token_is_needed():
    with Boathouse() as made:
        server = serve(made, token="right")
        try:
            spark = SparkSession(f"sc://localhost:{server.port}/;token=wrong")
            with pytest.raises(PySparkException, match="Invalid authentication token"):
                spark.range(1).collect()
            spark.client.close()
        finally:
            server.stop()


def test_a_taken_port_is_told():
    with Boathouse() as made:
        server = serve(made)
        try:
            before = threads()
            with pytest.raises(OSError, match=str(server.port)):
                serve(made, port=server.port)
            assert threads() == before
        finally:
            server.stop()


def run_python(program, *options):
    environment = {k: v for k, v in os.environ.items() if k != "SPARK_HOME"}
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", *options, program],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "end", ["", "spark.stop()", "raise ValueError('on purpose')", "sys.exit(3)"]
)
def test_leaving_the_interpreter(end):
    program = f"""
import sys, boathouse
spark = boathouse.session()
print(spark.range(3).count())
assert "boathouse.connect.server" not in sys.modules  # no port is open
{end}
"""
    done = run_python(program, "-c")
    assert done.stdout == "3\n"
    assert done.returncode == {"": 0, "spark.stop()": 0, "sys.exit(3)": 3}.get(end, 1)
    assert "on purpose" in done.stderr or done.stderr == ""


@pytest.mark.slow
def test_the_pytest_plugin(tmp_path):
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nboathouse_conf =\n    spark.sql.session.timeZone=Asia/Tokyo\n"
    )
    (tmp_path / "test_suite.py").write_text("""
def test_shared(spark):
    spark.range(3).createOrReplaceTempView("left_behind")
    assert spark.table("left_behind").count() == 3
    assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"

def test_fresh(fresh_spark, spark):
    assert spark.table("left_behind").count() == 3
    assert fresh_spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    try:
        fresh_spark.table("left_behind").count()
    except Exception as error:
        assert error.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"
    else:
        raise AssertionError
""")
    # The installed package registers the plugin by its entry point.
    command = [sys.executable, "-m", "pytest", "-q", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, cwd=tmp_path, check=False
    )
    assert "2 passed" in done.stdout, done.stdout


def test_a_server_that_nobody_holds_goes_on(tmp_path):
    with Boathouse(tmp_path) as made:
        server = weakref.ref(serve(made))
        gc.collect()
        held = server()
        assert held is not None
        held.stop()
