"""Trains, scores and publishes colorizers; serves none. The one entry point is `python -m training COMMAND`."""
