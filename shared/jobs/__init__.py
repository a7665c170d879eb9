"""Jobs: documents, options, store and expansion, sending their tasks, settling them. Chunks are in `chunks/`."""
