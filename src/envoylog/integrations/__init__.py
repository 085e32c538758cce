"""Where envoylog meets other people's tools: IPython and Jupyter, polars frames."""
