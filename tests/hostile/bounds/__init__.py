"""What a request or a picture may cost, measured from outside: `python -m tests.hostile.bounds` prints the table."""
