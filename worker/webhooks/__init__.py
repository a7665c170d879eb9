"""Sending webhooks: what the reconciler does with deliveries that are due. It reads and changes no job."""
