"""Tables for pandas: types that know what is missing, times in their zone, an index for time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from envoylog.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd


def to_pandas(
    frame: pl.DataFrame, *, zone: ZoneInfo | None = None, index: str | None = None
) -> pd.DataFrame:
    """Give a table to pandas, by what its columns are and not by what they happen to hold.

    ===================  ==================  ===========================================
    polars               pandas              missing
    ===================  ==================  ===========================================
    all integers         `Int64`             `NA`, and the others stay whole numbers
    Boolean              `boolean`           `NA`
    String               `string`            `NA`
    Float                `float64`           `NaN`
    Datetime with zone   `datetime64`        `NaT`; in the zone that was asked for
    Duration             `timedelta64`       `NaT`
    lists, structs       `object`            `None`
    ===================  ==================  ===========================================

    Parameters
    ----------
    frame : polars.DataFrame
        The table.
    zone : ZoneInfo, optional
        In which moments are shown; they stay the same moments.
    index : str, optional
        The column that becomes the index.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    QueryError
        If pandas is not installed.

    Examples
    --------
    >>> frame = to_pandas(pl.DataFrame({"code": [503, None], "ms": [1.5, None]}))
    >>> [str(kind) for kind in frame.dtypes]
    ['Int64', 'float64']
    """
    try:
        import pandas as pd
    except ImportError:
        raise QueryError(
            ".df() needs pandas: pip install 'envoylog[notebook]'; .pl() does without"
        ) from None
    import pyarrow as pa

    plain = frame.with_columns(
        pl.col(pl.Categorical, pl.Enum).cast(pl.String),
        pl.selectors.integer().exclude(pl.UInt64).cast(pl.Int64),
    )
    if zone is not None:
        aware = pl.selectors.datetime(time_zone="*")
        plain = plain.with_columns(aware.dt.convert_time_zone(zone.key))
    kinds = {
        pa.int64(): pd.Int64Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.large_string(): pd.StringDtype(),
    }
    made = plain.to_arrow(compat_level=pl.CompatLevel.oldest()).to_pandas(types_mapper=kinds.get)
    return made if index is None else made.set_index(index)
