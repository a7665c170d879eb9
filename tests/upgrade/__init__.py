"""Data folders made by earlier versions, and the test that the current one opens them and goes on."""
