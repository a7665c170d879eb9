"""Recipes: what configures a run, as dataclasses and as the TOML files shipped here. It runs nothing."""
