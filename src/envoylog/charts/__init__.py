"""Pictures: a table and how it is to be drawn in, matplotlib Axes, SVG or PNG out."""
