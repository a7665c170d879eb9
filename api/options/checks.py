"""Options that are valid by themselves but do not apply to every source."""

from api.options.errors import HintsOnSeveral
from shared.jobs.documents import JobKind
from shared.jobs.options import Options


def check_hints(options: Options, kind: JobKind) -> None:
    """Raises HintsOnSeveral."""
    if options.hints and kind is not JobKind.SINGLE:
        raise HintsOnSeveral("Hints color places of a single picture. Submit that picture by itself.")
