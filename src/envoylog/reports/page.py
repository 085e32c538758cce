"""The page: one file of HTML that asks nothing of a network, and runs nothing that a log says."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from envoylog import __version__
from envoylog.display.shown import safe
from envoylog.reports.command import command
from envoylog.reports.figures import Figure, figure
from envoylog.reports.findings import Named
from envoylog.reports.links import times
from envoylog.reports.report import Part, Report
from envoylog.reports.tables import Table, table
from envoylog.reports.totals import totals

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Shape:
    """A section, laid out.

    Attributes
    ----------
    part : Part
        The section.
    anchor : str
        Its name within the page.
    level : int
        Of its heading.
    table : Table or None
        Its table.
    figure : Figure or None
        Its picture.
    reading : tuple of str
        How to read it; what is `Named` is code.
    notes : tuple of str
        What one must know beside the window, which stands at the top.
    command : str
        What gives all of it in a shell.
    """

    part: Part
    anchor: str
    level: int
    table: Table | None
    figure: Figure | None
    reading: tuple[str, ...]
    notes: tuple[str, ...]
    command: str


def page(report: Report) -> str:
    """Write the whole page."""
    style, script = _text("page.css"), _text("page.js")
    parts = [_shape(report, part, f"section-{n}", 2) for n, part in enumerate(report.parts, 1)]
    quality = [_shape(report, part, f"quality-{n}", 3) for n, part in enumerate(report.quality, 1)]
    anchors = {shape.part.question.id: shape for shape in reversed([*parts, *quality])}
    return _render(
        report,
        "page.html",
        parts=parts,
        quality=quality,
        anchors=anchors,
        style=style,
        script=script,
        policy=_policy(style, script),
    )


def embedded(report: Report) -> str:
    """Write what a notebook shows: the headline and the figures at the top."""
    return _render(report, "embedded.html", anchors={})


def _render(report: Report, template: str, **more: object) -> str:
    moments = times(report.window.since, report.window.until)
    return (
        _environment()
        .get_template(template)
        .render(
            report=report,
            window=report.window,
            link=report.config.links.window(moments),
            totals=totals(report),
            version=__version__,
            **more,
        )
    )


def _shape(report: Report, part: Part, anchor: str, level: int) -> Shape:
    basis = part.answer.basis if part.answer else None
    notes = replace(basis, filters=()).notes if basis else ()
    return Shape(
        part,
        anchor,
        level,
        table(report, part),
        figure(report, part),
        tuple(_reading(part.question.reading)),
        tuple(note[:1].upper() + note[1:] for note in notes),
        command(report, part),
    )


def _reading(text: str) -> Iterator[str]:
    """Tell code, between backticks, from prose."""
    for number, piece in enumerate(text.split("`")):
        yield Named(piece) if number % 2 else piece


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    names = ("page.html", "embedded.html", "parts.html")
    environment = Environment(
        loader=DictLoader({name: _text(name) for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["safe_text"] = safe
    environment.tests["named"] = lambda piece: isinstance(piece, Named)
    return environment


def _policy(style: str, script: str) -> str:
    """Allow this style and this script by their hashes, pictures in the page, and no more."""
    hashes = [
        b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)
    ]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
