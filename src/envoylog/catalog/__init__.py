"""DuckDB over Parquet: the view `access` with every canonical column."""
