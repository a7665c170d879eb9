"""What can be submitted: local files as bytes, and objects that are already in storage. Sends nothing."""
