"""Working under a lease: renewing it, retrying during outages, sharing the process. Knows no task and no picture."""
