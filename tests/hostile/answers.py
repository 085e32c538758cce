"""What upstream servers answer; the request header `x-do` names the row."""

from dataclasses import dataclass
from typing import Literal

Headers = tuple[tuple[bytes, bytes], ...]

_GRPC: Headers = ((b"content-type", b"application/grpc"),)


@dataclass(frozen=True)
class Answer:
    """One way to answer."""

    statuses: tuple[int, ...] = (200,)  # attempt by attempt; the last one stands for all later
    headers: Headers = ()
    body: int = 64
    delay: float = 0.0
    trailers: Headers = ()
    hang_up: Literal["never", "before", "midway"] = "never"
    raw: bytes = b""  # over HTTP/1.1, instead of everything else

    def status(self, attempt: int) -> int:
        """Give the status for this attempt, counted from 1."""
        return self.statuses[min(attempt, len(self.statuses)) - 1]


def _says(value: bytes) -> Answer:
    return Answer(headers=((b"x-hostile", value),))


def _grpc(status: bytes, message: bytes = b"") -> Answer:
    trailers = ((b"grpc-status", status), (b"grpc-message", message), (b"x-hostile", message))
    return Answer(headers=_GRPC, trailers=trailers)


ANSWERS: dict[str, Answer] = {
    "plain": Answer(),
    "large": Answer(body=50_000),
    "nothing": Answer(statuses=(204,), body=0),
    "unmodified": Answer(statuses=(304,), body=0),
    "odd": Answer(statuses=(299,)),
    "largest": Answer(statuses=(999,)),
    "quotes": _says(b'a "b" \\ \t c" "d'),
    "accents": _says("é 日本 🦊 \u2028 \u0085".encode()),
    "latin": _says(b"caf\xe9 \xff"),
    "long": _says(b"y" * 10_000),
    "dash": _says(b"-"),
    "blank": _says(b""),
    "twice": Answer(headers=((b"x-hostile", b"one"), (b"x-hostile", b"two"))),
    "forger": Answer(headers=((b"x-envoy-upstream-service-time", b'5" "x'), (b"server", b'"s" v'))),
    "control": _says(b"\x01"),
    "slow": Answer(delay=0.3),
    "unavailable": Answer(statuses=(503,)),
    "second": Answer(statuses=(503, 200)),
    "third": Answer(statuses=(503, 502, 200)),
    "close": Answer(hang_up="before"),
    "midway": Answer(hang_up="midway", body=1000),
    "garbage": Answer(raw=b"no http at all\r\n\r\n"),
    "grpc": _grpc(b"0"),
    "grpc-not-found": _grpc(b"5", b'no "such" thing \\ \xc3\xa9 \xff'),
    "grpc-unknown": _grpc(b"99", b"-"),
    "grpc-huge": _grpc(b"4294967296"),
    "grpc-large": _grpc(b"70000"),
    "grpc-endless": _grpc(b"18446744073709551615"),
    "grpc-negative": _grpc(b"-1"),
    "grpc-word": _grpc(b"abc"),
    "grpc-empty": _grpc(b""),
    "grpc-header": Answer(
        headers=(*_GRPC, (b"grpc-status", b"7"), (b"grpc-message", b"no")), body=0
    ),
    "grpc-503": Answer(statuses=(503,), headers=_GRPC),
    "trailers": Answer(trailers=((b"x-hostile", b'tr "a" i\tler \xff'),)),
}
