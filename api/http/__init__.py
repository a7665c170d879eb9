"""HTTP plumbing: bodies, ranges, ETags, cursors, problems, middleware, serving. It knows no job."""
