"""Submissions: requests for a job until the job is inserted. Files of `POST /v1/uploads` are in `uploads/`."""
