"""All rows, from every module of this folder that has `CASES`: a new module needs to be named nowhere."""

import importlib
import pkgutil

import tests.cases
from tests.cases.case import Case

_MACHINERY = {"__main__", "case", "catalogue", "test_cases"}


def catalogue() -> list[Case]:
    """In the order of their letters, then of their names."""
    names = [module.name for module in pkgutil.iter_modules(tests.cases.__path__) if module.name not in _MACHINERY]
    modules = [importlib.import_module(f"tests.cases.{name}") for name in names]
    cases = [case for module in modules for case in getattr(module, "CASES", ())]
    return sorted(cases, key=lambda case: (case.letter, case.name))
