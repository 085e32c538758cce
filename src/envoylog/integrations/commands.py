"""What the magics understand: the options of the command line, for the log at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.ask import AskCommand, complete_question, question_options
from envoylog.cli.options import settings_options

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.answer import Answer

_HELP = {"help_option_names": ["-h", "--help"]}
_into = click.option("--into", metavar="NAME", help="Keep the answer in this variable, too.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a magic is to do: show an answer, perhaps keep it, perhaps draw it."""

    answer: Answer
    into: str | None
    plot: bool = False


@click.command("%access", context_settings=_HELP)
@click.argument("data", nargs=-1, required=True)
@click.option("--questions", multiple=True, help="A folder with questions of your own.")
@settings_options
def access(data: tuple[str, ...], questions: tuple[str, ...], settings: Settings) -> AccessLog:
    """Open a log for %ask and %%sql, and show what it has.

    DATA is Parquet that `envoylog.parse` wrote: files, folders, globs, datasets; or the name of a
    variable that holds an open log.

    \b
      %access out.parquet --trusted-hops 1
      log = %access data/
    """
    from envoylog.questions.access_log import AccessLog

    return AccessLog(data, settings=settings, questions=questions)


@click.command("%ask", cls=AskCommand, context_settings=_HELP)
@click.argument("question", shell_complete=complete_question)
@question_options
@click.option("--plot", is_flag=True, help="Draw the answer, too.")
@_into
@click.pass_obj
def ask(
    log: AccessLog, question: str, filters: dict[str, Any], plot: bool, into: str | None
) -> Asked:
    """Ask a question of the log that %access opened.

    \b
      %ask errors-by-authority --since 1h
      answer = %ask clients --limit 5
      %%ask profile --plot
      response_code >= 500 and path like '/api/%'

    What stands under %%ask is a filter, as after --where. A question's own parameters are options
    too: %ask QUESTION --help lists them.
    """
    return Asked(log.ask(question, **filters), into, plot)


@click.command("%%sql", context_settings=_HELP)
@_into
@click.pass_obj
def sql(statement: tuple[AccessLog, str, dict[str, object]], into: str | None) -> Asked:
    """Query the view `access` of the log that %access opened, in DuckDB's dialect.

    \b
      %sql select count(*) from access
      %%sql --into slow
      select route, count(*) from access where duration > $threshold group by 1

    $threshold stands for the value of the variable threshold.
    """
    log, text, values = statement
    return Asked(log.sql(text, values), into)
