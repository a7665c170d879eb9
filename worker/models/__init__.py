"""The models that a worker serves: finding their weights, loading them, running minibatches. Knows no job."""
