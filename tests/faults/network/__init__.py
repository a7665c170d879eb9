"""Faults of the network. A package, so that its stage ends with its last test."""
