"""What `photochrom-admin doctor` examines: this machine, the servers, and whether database and storage agree. Only
`repairs.py` changes anything.
"""
