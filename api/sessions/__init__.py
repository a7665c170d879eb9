"""Signing in: a key becomes a cookie, so that a page's pictures, events and plain downloads work."""
