"""Numbered revisions of the database, and their runner. No data access beyond that: stores are in `shared/`."""
