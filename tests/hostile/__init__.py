"""Attacks by what is submitted. A package, so that its stack ends with its last test."""
