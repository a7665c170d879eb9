"""Injected faults, and the promises that the service keeps all the same. A package, for its package-scoped stage."""
