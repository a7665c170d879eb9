"""What can be submitted: local files as bytes, and names of what lies in object storage. Sends nothing."""
