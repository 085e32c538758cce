"""Importing this gives polars frames the namespace `envoy`: see `EnvoyNamespace`.

`import envoylog` does it too where polars is loaded already, and so does the first name of
envoylog that needs polars, such as `envoylog.scan`.

>>> import polars as pl
>>> import envoylog.polars
>>> pl.DataFrame({"path": ["/users/1", "/users/2"]}).envoy.route()["route"].to_list()
['/users/{id}', '/users/{id}']
"""

from __future__ import annotations

from envoylog.integrations.polars_namespace import EnvoyNamespace

__all__ = ["EnvoyNamespace"]
