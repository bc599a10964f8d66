"""The command line."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import boathouse
from boathouse.app import Boathouse
from boathouse.cli import main
from boathouse.cli.shell import SqlCompleter, history_path, is_complete, run_shell
from boathouse.cli.statements import Runner


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def sql(*arguments):
    return main(["sql", *arguments])


def test_a_table(capsys):
    assert sql("SELECT 1 AS a, 'x' AS b") == 0
    assert capsys.readouterr().out == "+---+---+\n|a  |b  |\n+---+---+\n|1  |x  |\n+---+---+\n"


def test_csv(capsys):
    assert sql("--format", "csv", "SELECT 1 AS a, 'x,y' AS b, NULL AS c, array(1, 2) AS d") == 0
    assert capsys.readouterr().out == 'a,b,c,d\n1,"x,y",,"[1, 2]"\n'


def test_json(capsys):
    text = (
        "SELECT 12345678901234567890.12 AS n, 'é' AS s, NULL AS u, DATE'2020-01-02' AS d, "
        "named_struct('x', array(1.5D), 'y', map('k', true)) AS t, double('NaN') AS f"
    )
    assert sql("--format", "json", text) == 0
    out = capsys.readouterr().out
    assert '"n":12345678901234567890.12' in out
    assert json.loads(out) == {
        "n": 12345678901234567890.12,
        "s": "é",
        "u": None,
        "d": "2020-01-02",
        "t": {"x": [1.5], "y": {"k": True}},
        "f": "nan",
    }


def test_a_script_ends_at_its_first_error(capsys, tmp_path):
    script = tmp_path / "script.sql"
    script.write_text("SELECT 1 AS a; -- one\nSELECT nothing\n  FROM range(1); SELECT 2 AS b;")
    assert sql("--format", "csv", "-f", str(script)) == 1
    told = capsys.readouterr()
    assert told.out == "a\n1\n"
    assert told.err.startswith("boathouse: [UNRESOLVED_COLUMN")
    assert told.err.count("\n") == 1


def test_settings(capsys):
    conf = ("--conf", "spark.sql.ansi.enabled=false")
    assert sql("--format", "csv", *conf, "SELECT 1/0 AS q") == 0
    assert capsys.readouterr().out == 'q\n""\n'


@pytest.mark.parametrize(
    "arguments",
    [
        ["sql", "--format", "xml", "x"],
        ["sql", "--conf", "x", "y"],
        ["nothing"],
        ["serve", "-x"],
        ["serve", "--port", "99999"],
        ["serve", "--port", "x"],
    ],
)
def test_a_wrong_command_line(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: boathouse" in capsys.readouterr().err


def test_text_and_file(capsys):
    assert sql("-f", "x.sql", "SELECT 1") == 2
    assert capsys.readouterr().err == "boathouse: give TEXT or -f FILE, not both\n"


def test_a_file_that_is_not_there(capsys):
    assert sql("-f", "no-such.sql") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_open_server_wants_a_token(capsys, monkeypatch):
    monkeypatch.delenv("BOATHOUSE_TOKEN", raising=False)
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "BOATHOUSE_TOKEN" in capsys.readouterr().err


def test_help_teaches(capsys):
    assert main([]) == 0
    assert "boathouse.session()" in capsys.readouterr().out
    for command in ("sql", "serve"):
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        assert "examples:" in capsys.readouterr().out


def test_version(capsys):
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"{boathouse.__version__}\n"


def command(*arguments, **options) -> Any:
    return subprocess.Popen(
        [sys.executable, "-m", "boathouse", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.slow
def test_from_standard_input():
    process = command("sql", "--format", "csv", stdin=subprocess.PIPE)
    out, err = process.communicate("SELECT 1 AS a;\nSELECT 2 AS b", timeout=60)
    assert (out, err, process.returncode) == ("a\n1\nb\n2\n", "", 0)


@pytest.mark.slow
def test_a_reader_that_has_enough():
    process = command("sql", "--format", "csv", "SELECT id FROM range(3000000)")
    assert process.stdout.readline() == "id\n"
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_until_told_to_stop(number):
    from pyspark.sql.connect.session import SparkSession

    # As a shell's `&` starts it: with SIGINT ignored.
    process = command(
        "serve",
        "--port",
        "0",
        env={**os.environ, "BOATHOUSE_TOKEN": "secret"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("serving sc://localhost:")
        url = line.split()[1].replace("...", "secret")
        spark = SparkSession(url)
        assert spark.range(3).count() == 3
        spark.stop()
        process.send_signal(number)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.communicate()


# ---- the shell --------------------------------------------------------------------------------------


@pytest.fixture
def runner(capsys):
    with Boathouse() as made:
        session = made.open_session("me", "s")
        yield Runner(session, "csv", sys.stdout)
        session.close()


def test_a_statement_over_two_lines(runner, capsys):
    runner.out = sys.stdout
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("SELECT 1\rAS a;\rSELECT oops;\r\\f json\rSELECT 2 AS b;\r\\q\r")
        run_shell(runner, "1.2.3")
    told = capsys.readouterr()
    assert "Boathouse 1.2.3" in told.out
    assert "a\n1\n" in told.out
    assert '{"b":2}\n' in told.out
    assert "[UNRESOLVED_COLUMN" in told.err
    assert "SELECT 1" in history_path().read_text()


def test_end_of_input_leaves(runner):
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("\x04")
        run_shell(runner, "1")


@pytest.mark.parametrize(
    ("text", "complete"),
    [("", True), ("SELECT 1", False), ("SELECT 1; ", True), ("\\t", True), ("quit", True)],
)
def test_when_enter_runs(text, complete):
    assert is_complete(text) is complete


def completions(runner, text):
    document = Document(text)
    found = SqlCompleter(runner.session).get_completions(document, CompleteEvent())
    return [completion.text for completion in found]


def test_completion(runner):
    runner.out = sys.stdout
    runner.statement("CREATE TEMP VIEW harbour AS SELECT 1 AS depth, 2 AS width")
    assert "select" in completions(runner, "sel")
    assert "SELECT" in completions(runner, "SEL")
    assert "substring" in completions(runner, "SELECT subst")
    assert completions(runner, "SELECT dep FROM harbour WHERE dep")[0] == "depth"
    assert completions(runner, "SELECT 1 ") == []
