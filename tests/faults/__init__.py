"""Faults, and the promises that hold nevertheless. A package, so that its stage ends with its last test."""
