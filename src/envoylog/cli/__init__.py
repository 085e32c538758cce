"""The command line: the library's verbs, one file each."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress

import click

from envoylog import __version__
from envoylog.cli.exit_codes import ExitCode, exit_code
from envoylog.cli.output import talk
from envoylog.errors import EnvoylogError

# What `--help` says of each command, so that it need not load them.
_SUMMARIES = {
    "ask": "Answer a question from Parquet.",
    "before-after": "Tell what changed at a moment, such as a deploy.",
    "canary": "Judge a canary: the new version against the old one.",
    "check": "Check what must hold: thresholds, comparisons, objectives.",
    "format": "Explain, check, detect and improve access-log formats.",
    "ingest": "Take what is new in logs into a dataset that grows.",
    "mirror": "Compare mirrored requests with their copies.",
    "parse": "Parse logs into Parquet.",
    "rejects": "Show the rejected lines by reason.",
    "report": "Write a report: what changed, what is wrong, what to look at first.",
    "routes": "List the path templates of a log.",
    "slo": "Hold service level objectives against the log.",
    "sql": "Query the view `access` with SQL.",
    "why": "Tell what became of a request, and why.",
}


class _Commands(click.Group):
    """The commands, each loaded from its file when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _SUMMARIES:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"envoylog.cli.{module}"), module)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 done but too many lines rejected, or a check failed, 2 wrong "
    "command line, format or query, 3 input or output failed, 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", prog_name="envoylog")
def cli() -> None:
    """Read any Envoy access log: compile its format, write Parquet, answer questions.

    \b
      envoylog parse --format istio logs/ -o out.parquet
      envoylog ask errors-by-authority out.parquet
    """


def main() -> None:
    """Run the command and end the process with its exit code."""
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # All is written and closed. To take apart what the kernel frees at once would take a short run
    # a fourth part of its time.
    os._exit(code)


def _run() -> int:
    try:
        code = cli.main(prog_name="envoylog", standalone_mode=False)
        sys.stdout.flush()
    except EnvoylogError as error:
        talk(f"envoylog: {error}")
        code = exit_code(error)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "envoylog"
        talk(f"{path}: {error.format_message()} (see {path} --help)")
        code = ExitCode.USAGE
    except click.ClickException as error:
        talk(f"envoylog: {error.format_message()}")
        code = ExitCode.INPUT_OUTPUT
    except (click.Abort, KeyboardInterrupt):
        talk("envoylog: interrupted")
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.DONE
    except OSError as error:
        talk(f"envoylog: cannot write {error.filename or 'standard output'}: {error.strerror}")
        code = ExitCode.INPUT_OUTPUT
    return code or ExitCode.DONE
