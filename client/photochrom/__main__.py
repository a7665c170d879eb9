"""`python -m photochrom` is the `photochrom` command."""

from .cli import main

main()
