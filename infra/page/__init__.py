"""Building the web page: Node from PATH or from PyPI, and a build that is repeated only when its inputs change."""
