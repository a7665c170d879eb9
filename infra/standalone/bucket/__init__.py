"""The embedded stack's object storage: localbucket, hardened. Knows nothing of jobs."""
