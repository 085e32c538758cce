"""`envoylog ask`: questions, answered."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from envoylog.cli.options import output_options, plot_option, scope_options, settings_options
from envoylog.cli.output import print_answer, print_json, print_table, wrap
from envoylog.errors import UnknownNameError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from envoylog.enrich.companion import Settings
    from envoylog.questions.parameters import Parameter
    from envoylog.questions.question import Question

F = TypeVar("F", bound=Callable[..., Any])

#: Where the context keeps the question, and the values of its own parameters.
_ASKED: Final = "envoylog.question"
_OWN: Final = "envoylog.own"


def complete_question(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the questions."""
    from click.shell_completion import CompletionItem

    from envoylog.questions.library import questions

    return [
        CompletionItem(q.id, help=q.title)
        for q in questions().values()
        if q.id.startswith(incomplete)
    ]


class AskCommand(click.Command):
    """`ask`, whose options are also the parameters of the question that it is asked."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the question first: it has options of its own."""
        ctx.meta[_ASKED] = _asked(args)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """List the options of all questions and those of this one."""
        common = super().get_params(ctx)
        question: Question | None = ctx.meta.get(_ASKED)
        taken = {option for parameter in common for option in parameter.opts}
        own = [_option(parameter) for parameter in question.parameters.values()] if question else []
        return [*common, *(option for option in own if not taken & {*option.opts})]


def _asked(args: list[str]) -> Question | None:
    """Find the question among the arguments, wherever it stands."""
    from envoylog.questions.library import find_question, with_folders

    folders = [value for option, value in pairwise(args) if option == "--questions"]
    known = with_folders(folders) if folders else None
    for text in args:
        with suppress(UnknownNameError):
            return find_question(text, known)
    return None


def _option(parameter: Parameter) -> click.Option:
    def keep(context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.meta.setdefault(_OWN, {})[parameter.name] = value

    default = "" if parameter.default is None else f"  [default: {parameter.default}]"
    return click.Option(
        [f"--{parameter.name.replace('_', '-')}"],
        metavar="|".join(parameter.choices) or parameter.kind.upper(),
        help=f"{parameter.help}{default}",
        expose_value=False,
        callback=keep,
    )


_QUESTION_OPTIONS = (
    scope_options,
    click.option("--bucket", help="The length of each step of a time line: 30s, 5m, 1h."),
    click.option("--limit", type=click.IntRange(min=0), help="How many rows at most; 0 for all."),
    click.option(
        "--set",
        "own",
        multiple=True,
        metavar="NAME=VALUE",
        help="A parameter of the question's own; --NAME VALUE does the same.",
    ),
)
_FILTERS: Final = (
    "since", "until", "bucket", "where", "authority", "cluster", "route", "limit", "timezone",
    "include", "vantage",
)  # fmt: skip


def question_options(command: F) -> F:
    """Add what every question takes, and hand it on as `filters`, keywords of `AccessLog.ask`."""

    @functools.wraps(command)
    def with_filters(*args: Any, **options: Any) -> Any:
        filters = {name: options.pop(name) for name in _FILTERS}
        own = _own(options.pop("own")) | click.get_current_context().meta.get(_OWN, {})
        return command(*args, filters={**filters, "parameters": own}, **options)

    for option in reversed(_QUESTION_OPTIONS):
        with_filters = option(with_filters)
    return with_filters  # type: ignore[return-value]


@click.command(cls=AskCommand)
@click.argument("question", required=False, shell_complete=complete_question)
@click.argument("data", nargs=-1)
@click.option("--list", "list_them", is_flag=True, help="List the questions.")
@click.option(
    "--explain", is_flag=True, help="Tell what QUESTION needs and how to read its answer."
)
@question_options
@click.option(
    "--questions",
    "folders",
    multiple=True,
    type=click.Path(),
    help="A folder with questions of your own.",
)
@settings_options
@output_options
@plot_option
def ask(
    question: str | None,
    data: tuple[str, ...],
    list_them: bool,
    explain: bool,
    filters: dict[str, Any],
    folders: tuple[str, ...],
    settings: Settings,
    form: str,
    plot: Path | None,
) -> None:
    """Answer a question from Parquet.

    DATA is what `envoylog parse` wrote: files, folders or globs. Times are UTC; 90m, 24h and 7d
    count back from the newest request in the data.

    \b
      envoylog ask --list
      envoylog ask --explain clients
      envoylog ask errors-by-authority out.parquet --since 1h --where "path like '/api/%'"
      envoylog ask profile out.parquet --sort p99
      envoylog ask clients out.parquet --trusted-hops 1 --json
      envoylog ask status-over-time out.parquet --plot status.svg

    A question's own parameters are options too: envoylog ask QUESTION --help lists them.
    """
    from envoylog.questions.library import find_question, with_folders

    if list_them:
        _list(list(with_folders(folders).values()), as_json=form == "json")
        return
    if question and explain:
        _explain(find_question(question, with_folders(folders)), as_json=form == "json")
        return
    if question is None or not data:
        raise click.UsageError("say which question and which data, or --list")
    from envoylog.questions.access_log import AccessLog

    with AccessLog(data, settings=settings, questions=folders) as log:
        answer = log.ask(question, **filters)
        if plot:
            from envoylog.charts.render import save

            save(answer.picture, plot)
        print_answer(answer, form)


def _own(pairs: tuple[str, ...]) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair}: write --set NAME=VALUE")
        found[name.strip().replace("-", "_")] = value
    return found


def _list(questions: list[Question], *, as_json: bool) -> None:
    header = ("group", "question", "title")
    rows = [(q.group, q.id, q.title) for q in questions]
    if as_json:
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        print_table(header, rows)


def _explain(question: Question, *, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        print_json(asdict(question))
        return
    example = f"envoylog ask {question.id} DATA {question.example}".rstrip()
    lines = [
        f"{question.id}: {question.title}",
        "",
        wrap(question.reading),
        "",
        f"needs      {', '.join(question.needs) or 'nothing'}",
        f"leaves out {', '.join(question.without) or 'nothing'}",
        f"rows       {question.limit or 'all'}",
        f"example    {example}",
    ]
    for parameter in question.parameters.values():
        default = "" if parameter.default is None else f" (default {parameter.default})"
        choices = f" One of {', '.join(parameter.choices)}." if parameter.choices else ""
        option = f"--{parameter.name.replace('_', '-')} {parameter.kind.upper()}"
        lines.append(f"{option}: {parameter.help}{choices}{default}")
    click.echo("\n".join([*lines, "", question.sql]))
