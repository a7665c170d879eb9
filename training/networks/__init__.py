"""Networks beside the generator (see `worker.colorizer`), and how weights are fetched, loaded and averaged."""
