"""Statistics of two versions of a service: pure functions of small arrays."""
