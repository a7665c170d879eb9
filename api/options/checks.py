"""Options and terms that are valid by themselves, but not for every source or at every time."""

from datetime import datetime, timedelta

from api.options.errors import HintsOnSeveral, InvalidOption
from shared.jobs.documents import JobKind
from shared.jobs.options import Options
from shared.jobs.terms import time_of


def check_hints(options: Options, kind: JobKind) -> None:
    """Raises HintsOnSeveral."""
    if options.hints and kind is not JobKind.SINGLE:
        raise HintsOnSeveral("Hints color places of a single picture. Submit that picture by itself.")


def future_time_of(deadline: datetime | timedelta | None, now: datetime) -> datetime | None:
    """Raises InvalidOption for a time that has passed."""
    moment = time_of(deadline, now)
    if moment is not None and moment <= now:
        raise InvalidOption.of(("deadline", f"must be in the future, not {moment.isoformat()}"))
    return moment
