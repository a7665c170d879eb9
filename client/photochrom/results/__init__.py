"""Results and reports, fetched and written to disk. Nothing is submitted here."""
