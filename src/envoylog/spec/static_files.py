"""Extensions of static assets: files that a build writes once and that are served as they are.

Documents and data (pdf, csv, json, xml, html, txt, zip) are not here: applications make them on
request as often as not, and an error there matters as an error of the application.
"""

from __future__ import annotations

from typing import Final

# fmt: off
#: Extension, in lower case, and what it is; the groups are those of the IANA media types.
STATIC_EXTENSIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("css", "scss", "less"), "style"),
    **dict.fromkeys(("js", "mjs", "cjs", "map", "wasm"), "script"),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp", "tif", "tiff", "heic", "apng", "cur"), "image"),
    **dict.fromkeys(("woff", "woff2", "ttf", "otf", "eot"), "font"),
    **dict.fromkeys(("mp4", "m4v", "webm", "mov", "ogv", "m4s", "ts", "mp3", "m4a", "aac", "ogg", "oga", "wav", "flac", "vtt"), "media"),
    "webmanifest": "manifest",
}
# fmt: on
