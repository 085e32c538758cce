"""Paths of health checks that platforms, frameworks and their documentation agree on.

`base` of `catalog/views/access.sql` holds the same list. A path alone makes nobody a probe: see
`enrich/probes.py`.
"""

from __future__ import annotations

from typing import Final

#: The whole request target, and who asks for it.
HEALTH_PATHS: Final[dict[str, str]] = {
    "/healthz": "Kubernetes components, and whoever followed them",
    "/livez": "Kubernetes API server",
    "/readyz": "Kubernetes API server",
    "/healthz/ready": "Istio",
    "/health": "Consul, Spring Boot before 2, and custom",
    "/health/live": "MicroProfile Health",
    "/health/ready": "MicroProfile Health",
    "/health/started": "MicroProfile Health",
    "/healthcheck": "Dropwizard, Rails",
    "/health_check": "custom",
    "/_health": "custom",
    "/actuator/health": "Spring Boot",
    "/actuator/health/liveness": "Spring Boot",
    "/actuator/health/readiness": "Spring Boot",
    "/q/health": "Quarkus",
    "/q/health/live": "Quarkus",
    "/q/health/ready": "Quarkus",
    "/-/healthy": "Prometheus",
    "/-/ready": "Prometheus",
    "/up": "Rails 7.1",
    "/grpc.health.v1.Health/Check": "gRPC health checking",
    "/grpc.health.v1.Health/Watch": "gRPC health checking",
}
