"""A module per picture format, with its reader and writer. What several formats share is in the modules above."""
