"""API keys: their format, what is stored of them, the sessions they begin, and the secret that signs URLs. What a key
may do with a request is decided in `api/access/`.
"""
