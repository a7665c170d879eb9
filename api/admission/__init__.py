"""Whether new work is accepted now: within the caller's limits, and while storage and queue are well. Reads go on."""
