"""What a report asks: `report.toml`, read strictly, and what it is without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from envoylog.errors import EnvoylogError, UnknownNameError
from envoylog.questions.question import KINDS
from envoylog.questions.scope import VANTAGES, read_zone
from envoylog.questions.settings_file import SettingsTable, read_settings
from envoylog.questions.window import read_span
from envoylog.reports.links import Links
from envoylog.reports.sections import DEFAULT, Filters, Section

_DAY: Final = timedelta(days=1)
#: What `compare` may say beside a length of time.
AUTO, NONE = "auto", "none"

_FILTERS: Final = ("where", "authority", "cluster", "route", "include", "vantage")
_SECTION: Final = (
    "question",
    "title",
    "rows",
    "columns",
    "limit",
    "bucket",
    "chart",
    "parameters",
    *_FILTERS,
)
_TOP: Final = ("title", "window", "compare", "timezone", "rows", "links", "section", *_FILTERS)


@dataclass(frozen=True, slots=True)
class Config:
    """What a report asks.

    Attributes
    ----------
    title : str
        Above it all.
    window : timedelta
        Its length, back from the newest request or from `until`.
    compare : timedelta or str
        How much earlier the window lies that it is held against; `auto` for a week if the data
        reach back so far, else a day; `none`.
    timezone : str
        In which times are cut and shown.
    rows : int
        How many rows of a table are shown.
    links : Links
        Where requests, clusters and times lead to.
    filters : Filters
        Which requests count.
    sections : tuple of Section
        What is asked, in order.
    """

    title: str = "Access log report"
    window: timedelta = _DAY
    compare: timedelta | str = AUTO
    timezone: str = "UTC"
    rows: int = 20
    links: Links = field(default_factory=Links)
    filters: Filters = field(default_factory=Filters)
    sections: tuple[Section, ...] = DEFAULT


def read_config(path: str | Path) -> Config:
    """Read a `report.toml`.

    Raises
    ------
    InputError
        If there is no such file.
    ConfigurationError
        If it is not what it should be; the message names the line.
    """
    return parse_config(read_settings(path))


def parse_config(table: SettingsTable) -> Config:
    r"""Understand settings.

    Examples
    --------
    >>> from envoylog.questions.settings_file import parse_settings
    >>> text = "compare = '7d'\n[[section]]\nquestion = 'clients'\nrows = 5"
    >>> config = parse_config(parse_settings(text, "report.toml"))
    >>> config.compare.days, config.sections[0].rows
    (7, 5)
    """
    table.only(*_TOP)
    usual = Config()
    sections = tuple(map(_section, table.tables("section")))
    return Config(
        title=table.string("title") or usual.title,
        window=table.span("window") or usual.window,
        compare=_compare(table),
        timezone=_timezone(table),
        rows=table.whole("rows") or usual.rows,
        links=Links.read(table.table("links")),
        filters=read_filters(table),
        sections=sections or usual.sections,
    )


def read_compare(text: str) -> timedelta | str:
    """Read with what a window is compared: `auto`, `none`, or how much earlier: `1d`, `7d`."""
    return text if text in {AUTO, NONE} else read_span(text)


def _compare(table: SettingsTable) -> timedelta | str:
    try:
        return read_compare(table.string("compare") or AUTO)
    except EnvoylogError:
        wanted = "write 1d, 7d, auto or none"
        raise table.fault(f"compare = {table.facts['compare']!r}: {wanted}", "compare") from None


def _timezone(table: SettingsTable) -> str:
    try:
        return read_zone(table.string("timezone") or "UTC").key
    except EnvoylogError as error:
        raise table.fault(str(error), "timezone") from None


def read_filters(table: SettingsTable) -> Filters:
    """Read which requests count."""
    include = table.strings("include")
    for kind in include:
        if kind not in KINDS:
            raise table.fault(str(UnknownNameError("kind of request", kind, KINDS)), "include")
    vantage = table.string("vantage")
    known = (*VANTAGES, "all")
    if vantage is not None and vantage not in known:
        raise table.fault(str(UnknownNameError("vantage", vantage, known)), "vantage")
    return Filters(
        table.string("where"),
        table.strings("authority"),
        table.strings("cluster"),
        table.strings("route"),
        include,
        vantage,
    )


def _section(table: SettingsTable) -> Section:
    table.only(*_SECTION)
    question = table.string("question")
    if not question:
        raise table.fault("the section lacks a question: one of `envoylog ask --list`")
    return Section(
        question,
        table.string("title") or "",
        table.whole("rows"),
        table.strings("columns"),
        table.whole("limit"),
        table.span("bucket"),
        table.flag("chart", default=True),
        read_filters(table),
        table.table("parameters").facts,
    )
