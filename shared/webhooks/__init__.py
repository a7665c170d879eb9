"""Webhooks: where a job's end is reported, which addresses are allowed, signatures, and the deliveries that are due."""
