"""A job's address, watching it, and starting another run of it."""
