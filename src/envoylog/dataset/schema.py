"""What a Parquet file says of its own columns: operator, key in the log, unit, OpenTelemetry."""

from __future__ import annotations

import polars as pl
from nanoarrow.c_schema import CSchema, c_schema

from envoylog import __version__
from envoylog.format.plan import Field, Plan


def arrow_schema(plan: Plan, schema: pl.Schema) -> CSchema:
    """Describe the rows of a plan for Parquet.

    Parameters
    ----------
    plan : Plan
        The compiled format.
    schema : polars.Schema
        The columns of the rows.

    Returns
    -------
    nanoarrow.c_schema.CSchema
        Each field with `envoy.operator`, `log.key`, `unit` and `otel.attribute` where it has one.
    """
    plain = c_schema(schema)
    facts = {field.column: _facts(field) for field in plan.fields}
    children = {
        child.name: child.modify(metadata=facts.get(child.name, {})) for child in plain.children
    }
    return plain.modify(children=children)


def file_metadata(plan: Plan) -> dict[str, str]:
    """Say in the file's own metadata who wrote it and from which format."""
    return {"envoylog.version": __version__, "envoylog.format": plan.document.text}


def _facts(field: Field) -> dict[str, str]:
    facts = {
        "envoy.operator": field.command.text,
        "log.key": ".".join(map(str, field.path)),
        "unit": field.unit,
        "otel.attribute": field.otel,
    }
    return {key: value for key, value in facts.items() if value}
