"""The web page, built from `web/`: its files, and the headers that keep everything foreign out of it."""
