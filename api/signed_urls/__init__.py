"""URLs that need no key: one download, until a time. For viewers on other sites, and for people without a key."""
