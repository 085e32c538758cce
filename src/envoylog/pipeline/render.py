"""Write log lines as Envoy would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from envoylog.parser.render import Row, render_rows
from envoylog.pipeline.compile import FormatLike, compile_format


def render(format: FormatLike, rows: Iterable[Row]) -> Iterator[str]:  # noqa: A002 - the word
    r"""Write one record per row, as Envoy 1.40 would: for tests, teaching and benchmarks.

    Parameters
    ----------
    format : str, path, mapping or AccessLogParser
        As for `compile_format`.
    rows : iterable of mappings
        Values by column, as `parse_lines` gives them; what is None or absent is missing.

    Returns
    -------
    iterator of str
        Records without the newline at their end. TEXT escapes nothing, so a value that holds
        separators makes a line that can be read in several ways, as with Envoy.

    Examples
    --------
    >>> list(render('%RESPONSE_CODE% "%REQ(USER-AGENT)%"', [{"response_code": 200}]))
    ['200 "-"']
    """
    return render_rows(compile_format(format).plan, rows)
