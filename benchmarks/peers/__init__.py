"""Other ways from a log to typed Parquet, each as its own users would write it.

Each takes the log and writes the same columns with the same types at the same zstd level.
"""
