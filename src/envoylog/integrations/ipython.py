"""`%load_ext envoylog`: magics, completion and progress bars for IPython and Jupyter."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from IPython.core.completer import SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class

import envoylog.integrations.polars_namespace  # noqa: F401 - frames get theirs
from envoylog.integrations.commands import Asked, access, ask, sql
from envoylog.integrations.completion import complete
from envoylog.integrations.progress import notebook_bar
from envoylog.pipeline.progress import draw_with
from envoylog.questions.access_log import AccessLog

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from envoylog.questions.answer import Answer

_IDENTIFIER = "envoylog"
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")


@magics_class
class EnvoylogMagics(Magics):
    """The magics, and the log that they speak of.

    Attributes
    ----------
    log : AccessLog or None
        What `%access` opened last.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.log: AccessLog | None = None
        self._names: dict[str, object] = shell.user_ns

    @line_magic
    def access(self, line: str) -> AccessLog | None:
        """Open a log for `%ask` and `%%sql`; `%access --help` says more."""
        held = self._names.get(line.strip())
        opened = held if isinstance(held, AccessLog) else _run(access, line)
        if isinstance(opened, AccessLog):
            self.log = opened
            return opened
        return None

    @line_cell_magic
    def ask(self, line: str, cell: str | None = None) -> Answer | None:
        """Ask a question; what stands in the cell is a filter. `%ask --help` says more."""
        where = ["--where", cell.strip()] if cell and cell.strip() else []
        return self._show(_run(ask, line, *where, obj=self._open()))

    @line_cell_magic
    def sql(self, line: str, cell: str | None = None) -> Answer | None:
        """Query the view `access`; `%%sql --help` says more."""
        text, options = (line, "") if cell is None else (cell, line)
        if text.strip() in {"-h", "--help"}:
            text, options = "", text
        named = _PARAMETER.findall(text)
        values = {name: self._names[name] for name in named if name in self._names}
        return self._show(_run(sql, options, obj=(self._open(), text, values)))

    def _open(self) -> AccessLog:
        if self.log is None:
            raise UsageError("no log is open: write %access out.parquet first")
        return self.log

    def _show(self, asked: object) -> Answer | None:
        if not isinstance(asked, Asked):
            return None  # help was asked for, and printed
        if asked.into:
            self._names[asked.into] = asked.answer
        if asked.plot:
            asked.answer.plot()
        return asked.answer


def matcher(magics: EnvoylogMagics) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """Complete questions, options and columns for the log of some magics."""

    @context_matcher(identifier=_IDENTIFIER)  # type: ignore[untyped-decorator]
    def match(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        found = complete("\n".join(lines), magics.log)
        if found is None:
            return {"completions": []}
        fragment, texts = found
        completions = [SimpleCompletion(text, type="envoylog") for text in texts]
        return {"completions": completions, "matched_fragment": fragment, "suppress": bool(texts)}

    return match  # type: ignore[no-any-return]


def load(shell: InteractiveShell) -> None:
    """Register all of it."""
    magics = EnvoylogMagics(shell)
    shell.register_magics(magics)
    shell.Completer.custom_matchers.insert(0, matcher(magics))
    if hasattr(shell, "kernel"):
        draw_with(notebook_bar)


def unload(shell: InteractiveShell) -> None:
    """Take all of it away again."""
    for kind in shell.magics_manager.magics.values():
        for name in ("access", "ask", "sql"):
            kind.pop(name, None)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != _IDENTIFIER]
    draw_with(None)


def _run(command: click.Command, line: str, *more: str, obj: object = None) -> object:
    """Run a command on the line of a magic; what is wrong with it is told in one line."""
    try:
        words = [*shlex.split(line), *more]
        return command.main(words, command.name, standalone_mode=False, obj=obj)
    except ValueError as error:
        raise UsageError(f"{command.name}: {error}") from None
    except click.ClickException as error:
        raise UsageError(f"{command.name}: {error.format_message()}") from None
