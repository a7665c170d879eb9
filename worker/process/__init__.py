"""One worker process: settings, event loop, Celery tasks. What a task does is in `expand` and `chunk`."""
