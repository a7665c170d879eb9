"""Measured speed and size, each benchmark a command. No product code, and no tests of correctness."""
