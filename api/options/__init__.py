"""The options of a job: parsing and checking them. What they are is defined in `shared/jobs/options.py`."""
