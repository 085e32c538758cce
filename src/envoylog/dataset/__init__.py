"""Writing Parquet: rows with what is known of their columns, and rejects beside them."""
