"""What a segment of a path can be besides a name: numbers, UUIDs, dates.

The first row whose patterns all match a segment names its class; the class is written into path
templates as a placeholder, ``{uuid}``. Two rules keep one value from having two classes by chance.
Classes other than ``{id}`` are for shapes that other values practically never have: a hash of 32
hexadecimal digits without one letter comes once in 3 million. Everything else that is opaque,
numbers included, is ``{id}``, as a short hexadecimal id is often all digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SegmentClass:
    """One class of segments.

    Attributes
    ----------
    name : str
        The placeholder's name.
    patterns : tuple of str
        Regular expressions that must all match the whole segment.
    meaning : str
        For people.
    examples : tuple of str
        Segments of this class.
    """

    name: str
    patterns: tuple[str, ...]
    meaning: str
    examples: tuple[str, ...]


_HEX = "[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_DATE = rf"(?:19|20)[0-9][0-9]-{_MONTH}(?:-{_DAY}(?:[T_][0-9:.Z+-]*)?)?"

# fmt: off
#: In the order in which they are tried.
SEGMENT_CLASSES: Final = (
    SegmentClass("id", (r"[0-9]{1,31}",), "digits alone", ("42",)),
    SegmentClass("uuid", (_UUID,), "a UUID (RFC 9562)", ("7b0c3f5e-2d44-4f5b-9d3c-0a1b2c3d4e5f",)),
    SegmentClass("date", (_DATE,), "a date or time (ISO 8601), from 1900 to 2099", ("2026-11-24", "2026-11", "2026-11-24T06:00:00Z")),
    SegmentClass("ip", (r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*",), "an IP or MAC address", ("192.0.2.1", "2001:db8::1")),
    SegmentClass("version", (r"v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+.][0-9A-Za-z.+-]+)?",), "a release such as 18.2.0; an API's v1 is a name", ("18.2.0", "v1.2.3-rc.1")),
    SegmentClass("hash", (rf"(?:(?:md5|sha1|sha256|sha512):)?(?:{_HEX}{{32}}|{_HEX}{{40}}|{_HEX}{{56}}|{_HEX}{{64}}|{_HEX}{{96}}|{_HEX}{{128}})",), "the hexadecimal digits of MD5, SHA-1 or SHA-2", ("d41d8cd98f00b204e9800998ecf8427e",)),
    SegmentClass("email", (r"[^@/]+@[^@/]+\.[A-Za-z]{2,}",), "an e-mail address", ("ada@example.com",)),
    SegmentClass("locale", (r"[a-z]{2}[-_](?:[A-Z]{2}|[A-Z][a-z]{3})",), "a language and its region or script; languages alone where there are three of them", ("en-US", "pt_BR", "zh-Hant")),
    SegmentClass("id", (r"[+-]?[0-9]+(?:[-_.,:x][0-9]+)*",), "a number, or several", ("-12.5,8.25", "640x480")),
    SegmentClass("id", (rf"{_HEX}{{8,}}", r".*[0-9].*", r".*[a-fA-F].*"), "hexadecimal, eight digits or more", ("507f1f77bcf86cd799439011", "3f2a9bc1")),
    SegmentClass("id", (r"[0-7][0-9A-HJKMNP-TV-Z]{25}",), "a ULID", ("01ARZ3NDEKTSV4RRFFQ69G5FAV",)),
    SegmentClass("id", (r"[A-Z]{1,10}-[0-9]+|[A-Za-z]{1,16}[-_:]?[0-9]{5,}",), "a prefix and a number", ("PROJ-123", "order_100042")),
    SegmentClass("id", (rf"[A-Za-z]+[-_:]{_UUID}",), "a prefix and a UUID", ("user-7b0c3f5e-2d44-4f5b-9d3c-0a1b2c3d4e5f",)),
    SegmentClass("id", (r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",), "a JSON Web Token", ("eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.",)),
    SegmentClass("id", (r"[A-Za-z0-9_-]{16,}=*", r"(?:[^0-9]*[0-9]){3}.*", r".*[a-z].*", r".*[A-Z].*"), "letters of both cases and digits, 16 or more", ("cus_9s6XKzkNRiz8i3", "dBjftJeZ4CVPmB92K27uhb")),
    SegmentClass("slug", (r"[0-9]{2,}[-_][^0-9].*|.*[^0-9][-_][0-9]{4,}",), "a text with its number", ("4211-blue-suede-shoes", "blue-suede-shoes-4211")),
)

#: Names that stay names, however many stand at one place: versions of an API.
VERSION_NAME: Final = r"v[0-9]{1,3}(?:\.[0-9]{1,2})?(?:(?:alpha|beta|rc|p)[0-9]*)?"
#: What stands after a value in its segment: an extension, or a custom method (Google AIP-136).
SUFFIX: Final = r"(?:\.[A-Za-z][A-Za-z0-9]{0,9}|:[A-Za-z]+)"
#: A date that is spread over segments: the year, the month and perhaps the day.
DATED: Final = (
    (rf"/(?:19|20)[0-9][0-9]/{_MONTH}/{_DAY}(/|$)", "/{year}/{month}/{day}${1}"),
    (rf"/(?:19|20)[0-9][0-9]/{_MONTH}(/|$)", "/{year}/{month}${1}"),
)
# fmt: on

#: Every placeholder that learned templates hold, and what it stands for.
PLACEHOLDERS: Final[dict[str, str]] = {
    **{row.name: row.meaning for row in SEGMENT_CLASSES if row.name not in {"id", "slug"}},
    "year": "a year, before a month",
    "month": "a month, after a year",
    "day": "a day, after a month",
    "id": "a number or another opaque identifier",
    "slug": "any one segment: the place has too many names to list them",
}

#: ISO 639-1: a place with three of these or more holds languages.
LANGUAGES: Final = frozenset(
    (
        "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
        "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
        "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
        "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
        "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr "
        "ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi "
        "yo za zh zu"
    ).split()
)
