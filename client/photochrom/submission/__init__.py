"""From a source to a job: one request with a body, or uploads in parts and a request that names them."""
