"""The chunks of a job: documents, store, and the leases of workers. What happens to a whole job is in `jobs/`."""
