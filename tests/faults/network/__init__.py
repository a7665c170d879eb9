"""Faults of the servers and of the network to them. A package, for its package-scoped stage."""
