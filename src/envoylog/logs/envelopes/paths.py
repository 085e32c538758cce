"""What the path of a file tells of its lines."""

from __future__ import annotations

import re
from typing import Final

_PATHS: Final = (
    # /var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log
    re.compile(
        r"(?:^|[/!])(?P<namespace>[a-z0-9-]+)_(?P<pod>[a-z0-9.-]+)_[0-9a-f-]{32,36}/"
        r"(?P<container>[a-z0-9-]+)/[0-9]+\.log"
    ),
    # /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log
    re.compile(
        r"(?:^|[/!])(?P<pod>[a-z0-9.-]+)_(?P<namespace>[a-z0-9-]+)_"
        r"(?P<container>[a-z0-9-]+)-[0-9a-f]{64}\.log"
    ),
)


def path_facts(name: str) -> dict[str, str]:
    """Find pod, namespace and container in the path of a file.

    Parameters
    ----------
    name : str
        Of a source or of a file in an archive.

    Returns
    -------
    dict of str to str
        Empty for other paths.

    Examples
    --------
    >>> path_facts("/var/log/pods/shop_web-5d9_3bbc0252-2d5c-49fe-bd89-104e9b61770b/envoy/0.log")
    {'namespace': 'shop', 'pod': 'web-5d9', 'container': 'envoy'}
    """
    for pattern in _PATHS:
        if found := pattern.search(name):
            return found.groupdict()
    return {}
