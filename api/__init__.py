"""The gateway: HTTP in, jobs out. No torch, and no decoding of pictures: that is the worker's."""
