"""The embedded stack: servers, gateway and workers on one machine, started and supervised together. Loopback only."""
