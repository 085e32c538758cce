"""The verb: `envoylog.report(data)`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from envoylog.catalog.datasets import Data
from envoylog.questions.access_log import AccessLog
from envoylog.questions.releases.extra import need_report
from envoylog.questions.scope import read_zone
from envoylog.reports.config import Config, read_compare, read_config

if TYPE_CHECKING:
    from envoylog.reports.report import Report


class ReportWindow(TypedDict, total=False):
    """The time of a report, and against which it is held."""

    since: str | datetime | None
    until: str | datetime | None
    compare: str | timedelta | None
    timezone: str | None


def report(
    data: Data | AccessLog,
    *,
    config: Config | str | Path | None = None,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    compare: str | timedelta | None = None,
    timezone: str | None = None,
) -> Report:
    """Make a report: the questions of a `report.toml`, or good ones without it.

    Parameters
    ----------
    data : path, iterable of paths, or AccessLog
        What `parse` or `ingest` wrote, or what `envoylog.open` gave.
    config : Config or path, optional
        What to ask; see docs/reports.md.
    since, until : str or datetime, optional
        The window, as in `AccessLog.ask`; by default the last day up to the newest request.
    compare : str or timedelta, optional
        With how much earlier a window it is compared: `1d`, `7d`, `none`, or `auto`, the week
        before if the data reach back so far, else the day before.
    timezone : str, optional
        In which times are cut and shown.

    Returns
    -------
    Report
        With `to_html()`, `to_md()` and `to_json()`.

    Raises
    ------
    ConfigurationError
        If the configuration is not what it should be, or asks what nobody can answer.
    QueryError
        If the data has no request with a time, or the window is none.

    Examples
    --------
    >>> import envoylog
    >>> report = envoylog.report("out.parquet")  # doctest: +SKIP
    >>> report.to_html("report.html")  # doctest: +SKIP
    """
    need_report()
    from envoylog.reports.asking import Asking
    from envoylog.reports.period import choose_period

    asked = config if isinstance(config, Config) else read_config(config) if config else Config()
    if timezone is not None:
        asked = replace(asked, timezone=read_zone(timezone).key)
    if compare is not None:
        read = read_compare(compare) if isinstance(compare, str) else compare
        asked = replace(asked, compare=read)
    with nullcontext(data) if isinstance(data, AccessLog) else AccessLog(data) as log:
        return Asking(log, asked, choose_period(log, asked, since, until)).report()
