"""A training run: its loop, processes, optimizers, snapshots and log. Options are read in `commands`."""
