"""The items of a job, their results and their sources, one at a time. All at once: `results/`, `reports/`."""
