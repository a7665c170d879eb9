"""Every metric of every process, with its help text, and the port on which a process shows its own.

A room at the bottom of `shared`, so that whatever measures may import it. Each process imports the module of its own
metrics only, and so shows no empty ones of others. Nothing else imports prometheus_client.
"""
