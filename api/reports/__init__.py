"""The report of a job, as JSON lines and as CSV. The pictures themselves are in `items/` and `results/`."""
