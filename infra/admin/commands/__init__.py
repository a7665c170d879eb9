"""One module per subcommand: `worker_env.py` is `photochrom-admin worker-env`.

The module's docstring is its help, `configure(parser)` declares its arguments (subparsers too), and `run(arguments)`
does the work and returns the exit code. `run` reads settings with `shared.startup.read_settings`, and raises
PhotochromError for whatever the operator can correct.
"""
