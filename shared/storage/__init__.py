"""Object storage: the port, its S3 client, the keys, and the buckets that jobs may read. Knows no database."""
