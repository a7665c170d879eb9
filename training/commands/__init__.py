"""The commands of `python -m training`: options, messages, exit statuses. What they compute lives in other rooms."""
