"""From a request to an accepted job: reading, storing, committing. What happens to it later is in `jobs/`."""
