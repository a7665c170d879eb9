"""The revisions. Each is harmless to apply again, and none uses constants of the code, which may change."""
