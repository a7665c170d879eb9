"""Cases from outside, each with its right value: `python -m tests.cases` prints the table, pytest runs each row."""
