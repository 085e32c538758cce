"""Plan → polars: from lines to typed rows, and to the lines that could not be read."""
