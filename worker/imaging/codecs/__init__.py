"""One module per picture format: what its header says and how a result is written. The table is `formats.py`."""
