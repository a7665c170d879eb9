"""`GET /v1/jobs/{job_id}/events`: a job as a stream of snapshots, for those who watch it."""
