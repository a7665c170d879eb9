"""Photographs as training data: reading, decoding, splitting and augmenting them. No network sees them here."""
