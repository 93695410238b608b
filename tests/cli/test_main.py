from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.cli import main, terminal
from drandlab.cli.app import app
from drandlab.errors import DecodeError, FormatError, LocalError, NotEnoughShares, RelayError, VerificationError

COMMANDS = ["lab", "doctor", "chains", "verify", "fetch", "contacts", "attack", "run", "course", "bench"]


def test_the_commands_in_order(drandlab: Callable) -> None:
    answer = drandlab()
    assert answer.code == 0
    assert [name for name in COMMANDS if f" {name} " in answer.out] == COMMANDS
    assert drandlab("--help").out.rstrip() == answer.out.rstrip()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(drandlab: Callable, command: str) -> None:
    answer = drandlab(command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Example: drandlab {command}" in answer.out


def test_help_loads_nothing_heavy() -> None:
    heavy = ["polars", "plotly", "httpx", "sympy", "pyblst", "papermill", "nbconvert", "jupyterlab", "IPython"]
    probe = (
        "import sys; from drandlab.cli import main; main(['verify', '--help']); "
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["verfy"], "no such command 'verfy'. Did you mean 'verify'?; see `drandlab --help`"),
        (["verify"], "missing argument 'FILE'; see `drandlab verify --help`"),
        (["verify", "x.csv"], "missing option '--chain'; see `drandlab verify --help`"),
        (["verify", "x.csv", "--chian", "quicknet"], "no such option: --chian (Possible options: --chain)"),
        (["verify", "x.csv", "--chain", "quicknet", "--jobs", "0"], "invalid value for '--jobs'"),
        (["fetch", "quicknet", "--from", "one"], "invalid value for '--from'"),
        (["fetch", "quicknet", "--from", "1_0", "--to", "20"], "'--from': expected a whole number, got '1_0'"),
        (["fetch", "quicknet", "--from", " 1", "--to", "20"], "'--from': expected a whole number, got ' 1'"),
        (["fetch", "quicknet", "--from", "١", "--to", "20"], "'--from': expected a whole number"),
        (["contacts", "--days", "1_0"], "'--days': expected a number, got '1_0'"),
        (["idn", "stall", "--journal", ""], "'--journal': expected the name of a file, got ''"),
        (["chains", "now"], "got unexpected extra argument(s) (now)"),
    ],
)
def test_wrong_usage_is_one_sentence(drandlab: Callable, arguments: list[str], sentence: str) -> None:
    answer = drandlab(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert answer.err.startswith("drandlab: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LocalError("no such thing"), 2),
        (FormatError("not hexadecimal", source="a.csv", line=3), 2),
        (DecodeError("length", "48 bytes wanted"), 2),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 2),
        (RelayError("does not answer", relay="http://localhost"), 1),
        (VerificationError("wrong", round=3), 1),
        (NotEnoughShares(have=1, need=2), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_becomes_a_sentence_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, drandlab: Callable, error: BaseException, code: int
) -> None:
    raising(monkeypatch, error)
    answer = drandlab("chains")
    expected = {2: "a.csv: No such file or directory", 130: "interrupted"}.get(
        code if isinstance(error, OSError | KeyboardInterrupt) else 0, str(error)
    )
    assert answer == (code, "", f"drandlab: {expected}\n")


def test_a_mistake_of_our_own_shows_where_it_is(monkeypatch: pytest.MonkeyPatch, drandlab: Callable) -> None:
    raising(monkeypatch, ZeroDivisionError("oops"))
    answer = drandlab("chains")
    assert answer.code == 70
    assert "ZeroDivisionError: oops" in answer.err
    assert "drandlab: this is a bug in drandlab" in answer.err.splitlines()[-1]


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def chains() -> None:
        raise error

    [command] = [command for command in app.registered_commands if command.callback.__name__ == "chains"]
    monkeypatch.setattr(command, "name", "chains")
    monkeypatch.setattr(command, "callback", chains)


def test_who_stops_reading_hears_no_complaint() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-m", "drandlab", "chains", "--json"], stdout=writer, stderr=subprocess.PIPE, text=True
    ) as running:
        os.close(writer)
        _, said = running.communicate()
    assert (running.returncode, said) == (141, "")


def test_ctrl_c_ends_a_command_in_its_work(tmp_path: Path) -> None:
    fifo = tmp_path / "info.json"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "drandlab", "verify", "beacons.jsonl", "--chain", fifo]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        writer = None
        while writer is None and running.poll() is None:
            try:
                writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads yet
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
    assert writer is not None
    os.close(writer)
    assert (running.returncode, said) == (130, "drandlab: interrupted\n")


def test_nothing_but_json_on_stdout(process: Callable) -> None:
    answer = process("chains", "--json", TERM="xterm-256color", FORCE_COLOR="1")
    assert json.loads(answer.out)
    assert answer.err == ""


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "dumb"},
        {"TERM": "xterm-256color", "NO_COLOR": "1"},
        {"TERM": "dumb", "PYTHONIOENCODING": "ascii"},
    ],
)
def test_a_plain_terminal_gets_plain_text(environment: dict[str, str]) -> None:
    text = on_a_terminal(["chains"], environment)
    assert "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971\r\n" in text
    assert "\x1b[3" not in text  # no colour


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "drandlab", *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}, **environment},
    ) as running:
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # what Linux says when the other end is closed
                break
            if not piece:
                break
            text += piece
        os.close(ours)
    assert running.returncode == 0
    return text.decode()


@pytest.mark.parametrize(("term", "drawn"), [("xterm-256color", True), ("dumb", False)])
def test_progress_is_drawn_on_a_terminal_that_can(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], term: str, drawn: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    with terminal.progress("counting") as advance:
        advance(1, None)
        advance(2, 4)
    said = capsys.readouterr()
    assert ("counting" in said.err) is drawn
    assert said.out == ""


def test_progress_is_silent_in_a_pipe_and_before_its_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal.progress("counting") as advance:
        advance(1, 4)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(terminal, "PATIENCE", 1e9)
    with terminal.progress("counting") as advance:
        advance(1, 4)
    assert "counting" not in capsys.readouterr().err


def test_main_takes_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["drandlab", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("drandlab ")


INTERRUPTED = """
import sys
from drandlab import cli

def interrupted(argv=None):
    import polars
    print("said", flush=False)
    return cli.INTERRUPTED

cli.main = interrupted
cli.process()
"""


def test_a_process_that_was_interrupted_ends_at_once_and_loses_no_word() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "said\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_is_told_to_end_leaves_no_unfinished_file(tmp_path: Path, number: signal.Signals) -> None:
    probe = f"""if True:
        import os, signal
        from pathlib import Path
        from drandlab.simulation.journal import Journal
        from drandlab.cli import process

        def told_to_end(self):
            assert len(list(Path().iterdir())) == 1  # the new file, beside the journal's place
            os.kill(os.getpid(), {int(number)})
            return ""

        Journal.to_jsonl = told_to_end
        import sys
        sys.argv = ["drandlab", "idn", "stall", "--journal", "run.jsonl"]
        process()
    """
    done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")
    assert list(tmp_path.iterdir()) == []


def test_signals_are_as_they_were_after_a_command(drandlab: Callable) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)]
    assert drandlab("chains").code == 0
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)] == before
