"""What generator and discriminators are trained to minimize, as tensors. Scores for people are in `scores`."""
