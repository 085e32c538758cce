"""What a Parquet file says of its own columns: operator, key in the log, unit, OpenTelemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envoylog import __version__
from envoylog.format.plan import Plan

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


def arrow_schema(plan: Plan, schema: pl.Schema) -> pa.Schema:
    """Describe the rows of a plan for Parquet.

    Parameters
    ----------
    plan : Plan
        The compiled format.
    schema : polars.Schema
        The columns of the rows.

    Returns
    -------
    pyarrow.Schema
        Each field with `envoy.operator`, `log.key`, `unit` and `otel.attribute` where it has one.
    """
    import pyarrow as pa

    plain = pa.schema(schema.to_frame().to_arrow().schema)
    for field in plan.fields:
        facts = {
            "envoy.operator": field.command.text,
            "log.key": ".".join(map(str, field.path)),
            "unit": field.unit,
            "otel.attribute": field.otel,
        }
        at = plain.get_field_index(field.column)
        known = {key: value for key, value in facts.items() if value}
        plain = plain.set(at, plain.field(at).with_metadata(known))
    return plain


def file_metadata(plan: Plan) -> dict[str, str]:
    """Say in the file's own metadata who wrote it and from which format."""
    return {"envoylog.version": __version__, "envoylog.format": plan.document.text}
