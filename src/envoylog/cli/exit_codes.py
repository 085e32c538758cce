"""What the process tells the shell."""

from __future__ import annotations

from enum import IntEnum

from envoylog.errors import DataError, EnvoylogError, InputError, OutputError


class ExitCode(IntEnum):
    """Exit codes of the command."""

    DONE = 0
    LIMIT_PASSED = 1
    """Done, but more lines were rejected than allowed, or a check failed."""
    USAGE = 2
    """The command line, a format, a question or a query is wrong."""
    INPUT_OUTPUT = 3
    """Something cannot be read or written."""
    INTERRUPTED = 130


def exit_code(error: EnvoylogError) -> ExitCode:
    """Tell which code an error ends the process with."""
    if isinstance(error, (InputError, OutputError, DataError)):
        return ExitCode.INPUT_OUTPUT
    return ExitCode.USAGE
