"""What all processes share: documents, stores, storage, archive indexes, queue, settings. No FastAPI, no torch."""
