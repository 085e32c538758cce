"""What the commands that judge share: their options, and how findings are printed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from envoylog.cli.output import print_table, talk, wrap
from envoylog.display.shown import safe

if TYPE_CHECKING:
    from envoylog.questions.releases.findings import Findings

F = TypeVar("F", bound=Callable[..., Any])


def limits_options(command: F) -> F:
    """Add the margins and the level, and hand them on as `limits`."""

    @functools.wraps(command)
    def with_limits(
        *args: Any, margin_errors: float, margin_latency: float, level: float, **options: Any
    ) -> Any:
        from envoylog.questions.releases.comparison import Limits

        limits = Limits(margin_errors / 100, margin_latency / 100, level=level / 100)
        return command(*args, limits=limits, **options)

    for option in reversed(_LIMITS):
        with_limits = option(with_limits)
    return with_limits  # type: ignore[return-value]


_PERCENT = click.FloatRange(0, 100, min_open=True, max_open=True)
_LIMITS = (
    click.option(
        "--margin-errors",
        type=_PERCENT,
        default=0.5,
        show_default=True,
        help="Differences of error rates that do not matter, in points.",
    ),
    click.option(
        "--margin-latency",
        type=_PERCENT,
        default=10.0,
        show_default=True,
        help="Differences of latency that do not matter, in % of the baseline's.",
    ),
    click.option(
        "--level",
        type=_PERCENT,
        default=95.0,
        show_default=True,
        help="Of the intervals, in %; the rest is the chance of a false alarm.",
    ),
)


def print_findings(findings: Findings, *, as_json: bool, plot: Path | None = None) -> None:
    """Print findings: verdict, reasons and tables on stdout, what they stand on on stderr."""
    if plot:
        from envoylog.charts.render import save
        from envoylog.questions.releases.plots import pictures

        save(pictures(findings), plot)
    if as_json:
        click.echo(findings.to_json(), nl=False)
        return
    talk(findings.headline)
    for note in findings.notes:
        talk(wrap(note))
    if findings.verdict:
        click.echo(f"verdict: {findings.verdict}")
    for reason in findings.reasons:
        click.echo(safe(f"- {reason}"))
    for name, section in findings.sections.items():
        if section.frame.height and name not in _TOO_LONG:
            click.echo(f"\n{safe(section.title)}")
            print_table(section.frame.columns, section.frame.rows(), section.units)
    talk(wrap(findings.reading, "How to read it: "))


_TOO_LONG = {"over_time", "burn_over_time"}  # pictures and JSON have it
