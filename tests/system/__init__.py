"""The whole service with real processes. A package, so that its stacks end with its last test."""
