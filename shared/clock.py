"""Wall-clock time. Only for display and for choosing candidates: leases are judged by the database's clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, aware, in whole milliseconds: BSON stores no finer, and what is returned must equal what is read back."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
