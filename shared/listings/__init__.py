"""Sources that are listed instead of indexed: prefixes, manifests, several uploads. Archives are in `archives/`."""
