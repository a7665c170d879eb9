"""The task `chunk.colorize`: one chunk's items through the pipeline. Decoding and inference happen in lower layers."""
