"""What the fields of the measured formats are, for peers that must be told."""

from __future__ import annotations

from typing import Final

from benchmarks.shapes import Shape

#: Of zstd, for everybody.
LEVEL: Final = 1

INTEGERS: Final = {
    "response_code": 16,
    "bytes_received": 64,
    "bytes_sent": 64,
    "duration": 64,
    "upstream_service_time": 64,
}
_REQUEST: Final = ("method", "path", "protocol")


def cells(shape: Shape) -> list[str]:
    """Name what stands between blanks, outside quotes: `"GET /path HTTP/2"` is one `request`."""
    first, *_three, last = shape.columns[0], *_REQUEST, shape.columns[4:]
    return [first, "request", *last]


def pattern(shape: Shape) -> str:
    """Write the regular expression that a careful user would: anchored, quotes excluded."""
    text = shape.template
    for char in '[]"':
        text = text.replace(char, f"\\{char}" if char != '"' else char)
    for name in shape.columns:
        value = '[^"]*' if f'"{{{name}}}"' in shape.template else "[^ ]+"
        value = r"[^\]]+" if name == "start_time" else value
        text = text.replace(f"{{{name}}}", f"({value})")
    return f"^{text}$"
