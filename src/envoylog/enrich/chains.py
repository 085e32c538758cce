"""X-Forwarded-For as companions of the log: one row for each distinct chain."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.enrich.clients import Trust, find_clients
from envoylog.enrich.companion import Companion, Settings
from envoylog.enrich.suspects import find_suspects


def trust_of(settings: Settings) -> Trust:
    """Read the rule of trust that a user has given."""
    return Trust.of(settings.trusted_hops, settings.trusted_cidrs)


def _clients(keys: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    return keys.with_columns(find_clients(keys, trust_of(settings)))


def _suspects(keys: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    return keys.with_columns(find_suspects(keys, trust_of(settings)))


#: Where the user names trusted proxies; else the view has Envoy's own decision.
CLIENTS: Final = Companion(
    "clients",
    ("x_forwarded_for", "remote_ip", "remote_ip_source", "peer_ip"),
    {"client_ip": "VARCHAR", "client_ip_source": "VARCHAR"},
    ("downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for",),
    _clients,
    applies=lambda settings: trust_of(settings).given,
)
SUSPECTS: Final = Companion(
    "suspects",
    ("x_forwarded_for", "client_ip", "client_ip_source", "peer_ip"),
    {"xff_suspect": "VARCHAR"},
    ("x_forwarded_for",),
    _suspects,
)
