"""HTTP to the gateway and to object storage: retries, problems, pages. Knows no job and no file."""
