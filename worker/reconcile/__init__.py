"""The reconcile loop, a process of its own: moves whatever the store says is stuck. Colorizes nothing."""
