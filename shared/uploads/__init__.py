"""Uploads: files that are sent part by part until a job claims them. Requests with a body are in `submissions/`."""
