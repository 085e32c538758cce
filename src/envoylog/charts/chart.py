"""How a table is drawn, as the header of a question says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: Kinds of picture, and how many columns of values each takes: at least, at most.
CHARTS: Final[Mapping[str, tuple[int, int]]] = {
    "bar": (1, 1),
    "stack": (1, 8),
    "line": (1, 6),
    "band": (2, 6),
    "heatmap": (1, 1),
    "dot": (1, 2),
    "whisker": (3, 4),
    "span": (1, 1),
    "none": (0, 0),
}


@dataclass(frozen=True, slots=True)
class Chart:
    """How an answer is drawn.

    A *template* is a text with columns of a row in braces: `{requests} requests of {authority}`.

    Attributes
    ----------
    kind : str
        `bar`, `stack` (parts of a whole), `line`, `band` (quantiles over time), `heatmap`, `dot`
        (one value, or two that are joined), `whisker` (an estimate and its interval), `span` (from
        when to when), `none`.
    x : str
        The column that the rows are told apart by, or time; empty for `none`.
    y : tuple of str
        The columns of values. Parts of a `stack` and quantiles of a `band` from the bottom up; the
        estimate, the low and the high end of a `whisker`, and the margin that does not matter; the
        end of a `span`; the other axis of a `heatmap`.
    series : str
        The column that tells lines, or bars of one place, apart; empty for one.
    value : str
        The column that a heatmap's colour shows.
    verdict : str
        The column that says what stands out; see `palette.VERDICTS`.
    by : str
        The parameter whose value names the column of values, where the answer has such a column.
    label, note : str
        Templates of what stands beside a row and at its value.
    says : str
        The template of the message: for `stack` of the sums of all rows, `share_NAME` and `total`;
        else of the row that stands out.
    otherwise : str
        What the picture says where it has a verdict column and nothing stands out.
    limits : mapping of str to float
        Lines to hold the values against, by their names.
    """

    kind: str = "none"
    x: str = ""
    y: tuple[str, ...] = ()
    series: str = ""
    value: str = ""
    verdict: str = ""
    by: str = ""
    label: str = ""
    note: str = ""
    says: str = ""
    otherwise: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it cannot do without."""
        return frozenset({self.x, *self.y, self.series, self.value, self.verdict} - {""})
