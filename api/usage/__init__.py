"""How much of the service its caller uses."""
