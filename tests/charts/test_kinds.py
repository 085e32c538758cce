"""Each kind of picture shows the values of its table, no more and no less."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

matplotlib = pytest.importorskip("matplotlib")

from matplotlib.axes import Axes  # noqa: E402
from matplotlib.container import BarContainer  # noqa: E402
from matplotlib.dates import date2num, num2date  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from envoylog.charts.chart import CHARTS  # noqa: E402
from envoylog.charts.draw import draw  # noqa: E402
from envoylog.charts.marks import Mark  # noqa: E402
from envoylog.charts.palette import BLUE, GREY, VERMILION  # noqa: E402
from envoylog.charts.picture import Picture  # noqa: E402
from envoylog.errors import QueryError  # noqa: E402
from tests.charts.pictures import MINUTE, START, minutes, picture  # noqa: E402


def drawn(made: Picture, **options: Any) -> Axes:
    given = Figure(layout="constrained").subplots()
    ax = draw(made, given, **options)
    assert ax is given
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    return ax


def xs(line: Line2D) -> list[float | None]:
    """Give where a line leads across; None where it is interrupted."""
    return [None if isnan(x) else x for x in np.asarray(line.get_xdata(), float).tolist()]


def ys(line: Line2D) -> list[float | None]:
    return [None if isnan(y) else y for y in np.asarray(line.get_ydata(), float).tolist()]


def boxes(ax: Axes, part: int = 0) -> list[Rectangle]:
    """Give the bars of one part."""
    found = ax.containers[part]
    assert isinstance(found, BarContainer)
    return list(found.patches)


def cells(ax: Axes) -> list[list[float]]:
    """Give what a heat map shows, -1 where nothing is."""
    grid: npt.NDArray[np.float64] = np.ma.filled(np.ma.asarray(ax.images[0].get_array()), np.nan)
    return [[float(value) for value in row] for row in np.nan_to_num(grid, nan=-1)]


def moment(place: float) -> datetime:
    return num2date(place)  # type: ignore[no-untyped-call, no-any-return]


def labels(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def below(ax: Axes) -> str:
    return next(text.get_text() for text in ax.texts if text.get_gid() == "below")


def test_bars() -> None:
    columns = {"route": ["/a", "/b", None], "n": [3, 9, None], "of": [0.1, 0.2, 0.3]}
    ax = drawn(picture("bar", "route", "n", columns, note="{of}", units={"of": "ratio"}))
    bars = boxes(ax)
    assert [(bar.get_x(), bar.get_width()) for bar in bars][:2] == [(0, 3), (0, 9)]
    assert isnan(bars[2].get_width())
    assert labels(ax) == ["/a", "/b", "-"]
    assert [text.get_text() for text in ax.texts if text.get_gid() is None] == ["10%", "20%", ""]
    # The title speaks of the second one.
    assert [matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in bars] == [
        GREY, BLUE, GREY,
    ]  # fmt: skip
    assert ax.get_xlim()[0] == 0
    assert ax.yaxis_inverted()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_lines_have_gaps_where_time_has() -> None:
    made = picture("line", "t", "y", {"t": minutes(4, 0, 1), "y": [5.0, 1.0, None]})
    (line,) = drawn(made).lines
    given = [*date2num(minutes(0, 1, 2, 4).to_list())]  # type: ignore[no-untyped-call]
    assert np.allclose(np.asarray(line.get_xdata(), float), given)
    assert ys(line) == [1, None, None, 5]


def test_a_point_alone_is_seen_however_many_there_are() -> None:
    y = [*range(50), None, 7, None, *range(50)]
    made = picture("line", "t", "y", {"t": minutes(*range(len(y))), "y": y})
    (line,) = drawn(made).lines
    assert line.get_marker() == "o"
    assert line.get_markevery() == [51]


def test_a_series_is_a_line_each_and_limits_are_named() -> None:
    columns = {"t": [*minutes(0, 1), *minutes(0, 1), *minutes(0, 1)],
               "who": ["a", "a", None, None, "c", "c"],
               "y": [0.1, 0.2, 1, 0, None, None]}  # fmt: skip
    ax = drawn(
        picture("line", "t", "y", columns, series="who", limits={"all": 0.5}, units={"y": "ratio"})
    )
    assert [ys(line) for line in ax.lines] == [[0.1, 0.2], [1, 0], [0.5, 0.5]]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "-", "all: 50%"]
    assert below(ax) == "7 requests; 1 without values"
    assert ax.get_ylim()[0] == 0
    assert len({line.get_linestyle() for line in ax.lines} | {"-"}) > 1


def test_many_lines_are_cut_and_say_so() -> None:
    columns = {"t": [START] * 9, "who": [*"abcdefghi"], "y": range(9)}
    ax = drawn(picture("line", "t", "y", columns, series="who"))
    assert len(ax.lines) == 6
    assert below(ax).endswith("; first 6 of 9 lines")


def test_bands() -> None:
    columns = {"t": minutes(0, 1, 2), "p50": [1, None, 3], "p90": [5, 6, 7], "p99": [9, 9, None],
               "n": [100, 8, 50]}  # fmt: skip
    ax = drawn(picture("band", "t", "p50 p90 p99", columns))
    assert [ys(line) for line in ax.lines] == [columns["p50"], columns["p90"], columns["p99"]]
    assert len(ax.collections) == 2
    top = ax.collections[0].get_paths()[0].get_extents()
    assert (top.y0, top.y1) == (1, 5)
    assert below(ax) == "7 requests; n = 8 to 100 a point"


def test_stacks_over_time() -> None:
    columns = {"t": minutes(0, 2), "5xx": [1, 2], "4xx": [0, 0], "2xx": [7, None]}
    ax = drawn(picture("stack", "t", "5xx 4xx 2xx", columns))
    spans = [
        [(bar.get_y(), bar.get_height()) for bar in boxes(ax, part)]
        for part in range(len(ax.containers))
    ]
    assert spans == [[(0, 1), (0, 2)], [(1, 7), (2, 0)]]  # a class that never came is not there
    first = boxes(ax)[0]
    middle = moment(first.get_x() + first.get_width() / 2)
    assert abs(middle - (START + MINUTE / 2)) < timedelta(milliseconds=1)
    assert ax.get_ylim()[0] == 0


def test_stacks_of_rows() -> None:
    columns = {"flag": ["UF", "DC"], "5xx": [4, 0], "none": [0, 3]}
    ax = drawn(picture("stack", "flag", "5xx none", columns, note="{flag}!"))
    spans = [
        [(bar.get_x(), bar.get_width()) for bar in boxes(ax, part)]
        for part in range(len(ax.containers))
    ]
    assert spans == [[(0, 4), (0, 0)], [(4, 0), (0, 3)]]
    assert labels(ax) == ["UF", "DC"]
    assert [text.get_text() for text in ax.texts][:2] == ["UF!", "DC!"]


def test_heat_maps_over_time_have_a_column_for_each_step() -> None:
    columns = {"t": minutes(0, 0, 3, 3), "at_least": [1, 10, 1, 5], "n": [5, 100, 1, None]}
    ax = drawn(picture("heatmap", "t", "at_least", columns, value="n", units={"at_least": "ms"}))
    assert cells(ax) == [[100, -1, -1, -1], [-1, -1, -1, -1], [5, -1, -1, 1]]
    assert labels(ax) == ["10 ms", "5 ms", "1 ms"]  # the highest at the top
    left, right, *_rest = ax.images[0].get_extent()
    assert right - left == pytest.approx(4 / 1440)
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "n, log scale"
    assert ax.get_ylabel() == "at least, growing steps"


def test_heat_maps_of_names() -> None:
    columns = {"x": ["b", "a"], "y": ["m", "n"], "v": [1, 2]}
    ax = drawn(picture("heatmap", "x", "y", columns, value="v"))
    assert cells(ax) == [[-1, 1], [2, -1]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]


def test_dots() -> None:
    columns = {"x": ["a", "b"], "y": [0.4, 0.8], "v": ["alike", "slower"]}
    ax = drawn(
        picture("dot", "x", "y", columns, verdict="v", units={"y": "ratio"}, limits={"alike": 0.5},
                note="{v}")
    )  # fmt: skip
    points = {line.get_color(): xs(line) for line in ax.lines if line.get_marker() in {"X", "o"}}
    assert points == {GREY: [0.4], VERMILION: [0.8]}
    assert (ax.get_xlim()[0], ax.get_xlim()[1] >= 1) == (0, True)


def test_two_dots_are_joined() -> None:
    columns = {"x": ["a", "b"], "before": [1, 4], "after": [3, 4]}
    ax = drawn(picture("dot", "x", "before after", columns))
    assert [xs(line) for line in ax.lines] == [[1, 3], [3], [1], [4, 4], [4], [4]]
    assert ax.get_xlabel() == "○ before   ● after"


def test_whiskers() -> None:
    columns = {"x": ["a", "b"], "p": [5, 7], "low": [4, 6], "high": [9, None]}
    ax = drawn(picture("whisker", "x", "p low high", columns))
    found = [xs(line) for line in ax.lines]
    assert found[:2] == [[4, 9], [5]]
    assert found[2] == [6]  # an arrow: there is no upper end
    assert ax.get_xlim()[0] == 0


def test_whiskers_of_differences_show_what_does_not_matter() -> None:
    columns = {"x": ["a"], "d": [0.02], "low": [-0.01], "high": [0.05], "margin": [0.005]}
    made = picture("whisker", "x", "d low high margin", columns,
                   units=dict.fromkeys(("d", "low", "high", "margin"), "ratio"))  # fmt: skip
    ax = drawn(made)
    (shaded,) = boxes(ax)
    assert (shaded.get_x(), shaded.get_width()) == (-0.005, 0.01)


def test_spans_in_the_window() -> None:
    columns = {"since": minutes(10), "until": minutes(15), "name": ["log"]}
    made = picture(
        "span", "since", "until", columns, label="{name}", window=(START, START + 60 * MINUTE)
    )
    ax = drawn(made)
    (bar,) = boxes(ax)
    since = moment(bar.get_x())
    assert abs(since - (START + 10 * MINUTE)) < timedelta(milliseconds=1)
    assert bar.get_width() == pytest.approx(5 / 1440)
    low, high = (moment(end) for end in ax.get_xlim())
    assert low < START < START + 60 * MINUTE < high
    assert high - low < 70 * MINUTE


def test_time_is_in_its_zone() -> None:
    made = picture(
        "line", "time", "y", {"time": minutes(0, 60), "y": [1, 2]}, zone=ZoneInfo("Asia/Kolkata")
    )
    ax = drawn(made)
    assert ax.get_xlabel() == "time (Asia/Kolkata)"
    assert "17:30" in [label.get_text() for label in ax.get_xticklabels()]


def test_marks() -> None:
    made = picture("line", "t", "y", {"t": minutes(0, 9), "y": [1, 2]})
    marks = [Mark(START + MINUTE, label="deploy $1\x1b"), Mark(START, START + 2 * MINUTE, "odd")]
    ax = drawn(made, marks=marks)
    (at,) = set(xs(ax.lines[1]))
    assert at == date2num(START + MINUTE)  # type: ignore[no-untyped-call]
    widths = {round(patch.get_width() * 1440, 6) for patch in ax.patches}  # type: ignore[attr-defined]
    assert widths == {2}
    assert [text.get_text() for text in ax.texts][:2] == [r"deploy \$1·", "odd"]


COLUMNS = {"x": pl.Int64, "t": pl.Datetime("us", "UTC"), "y": pl.Float64, "z": pl.Float64,
           "w": pl.Float64}  # fmt: skip
VALUES = {"bar": "y", "stack": "y z", "line": "y", "band": "y z", "heatmap": "y", "dot": "y",
          "whisker": "y z w", "span": "u"}  # fmt: skip


@pytest.mark.parametrize("rows", [0, 1, 10_000])
@pytest.mark.parametrize("kind", VALUES)
def test_no_row_one_row_and_ten_thousand(kind: str, rows: int) -> None:
    assert {*VALUES} == {*CHARTS} - {"none"}
    times = pl.Series([START + n * MINUTE for n in range(rows)], dtype=pl.Datetime("us", "UTC"))
    numbers = pl.Series([n % 100 / 7 for n in range(rows)], dtype=pl.Float64)
    columns = {"t": times, "u": times + timedelta(hours=1), "y": numbers, "z": numbers + 1,
               "w": numbers + 2, "name": [f"name {n}" for n in range(rows)]}  # fmt: skip
    x = "t" if kind in {"line", "band", "heatmap", "span"} else "name"
    made = picture(kind, x, VALUES[kind], columns, value="z" if kind == "heatmap" else "",
                   label="{name}" if kind == "span" else "")  # fmt: skip
    ax = drawn(made)
    words = [text.get_text() for text in ax.texts]
    assert ("no requests" in words) == (rows == 0)
    if rows > 30 and kind not in {"line", "band"}:
        assert "first 30 of" in below(ax)
    if rows == 0:
        assert ax.get_title(loc="left") == "What is it?"


def test_several_units_share_no_axis() -> None:
    columns = {"t": minutes(0), "a": [1], "b": [2]}
    with pytest.raises(QueryError, match="q: By and ms cannot share an axis"):
        picture("line", "t", "a b", columns, units={"a": "ms", "b": "By"})


def test_too_many_or_too_few_columns_are_refused() -> None:
    with pytest.raises(QueryError, match="q: a whisker chart takes 3 to 4 columns in y"):
        picture("whisker", "x", "a", {"x": [1], "a": [1]})
    with pytest.raises(QueryError, match="q has no chart: its answer is a table"):
        picture("bar", "x", "b", {"x": [1], "a": [1]})
