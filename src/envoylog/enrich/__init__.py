"""Enrichments: polars over distinct values, for columns that no log has."""
