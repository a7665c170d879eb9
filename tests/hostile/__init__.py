"""Malicious submissions. A package, for its package-scoped stack."""
