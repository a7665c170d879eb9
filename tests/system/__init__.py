"""The whole service with real processes. A package, for its package-scoped stacks."""
