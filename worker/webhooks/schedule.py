"""When a message is sent again: after 10 s, then twice as long each time up to three hours, until a day is over."""

from datetime import datetime, timedelta

FIRST_SECONDS = 10.0
LONGEST_SECONDS = 3 * 3600.0
# A delay is multiplied by a number from here to there, so that what failed together is not sent again together.
JITTER = (0.75, 1.25)
# What a receiver may ask for at most.
LONGEST_RETRY_AFTER_SECONDS = 3600.0


def next_attempt(
    attempts: int, since: datetime, now: datetime, *, hours: float, jitter: float, retry_after: float | None = None
) -> datetime | None:
    """After so many failed attempts, of which the first was due at `since`. The last is `hours` later. None: that was
    the last.
    """
    last = since + timedelta(hours=hours)
    if now >= last:
        return None
    # The exponent is bounded, or after a thousand attempts it would not be a number any more.
    seconds = min(FIRST_SECONDS * 2.0 ** min(attempts - 1, 16), LONGEST_SECONDS) * jitter
    if retry_after is not None:
        seconds = max(seconds, min(retry_after, LONGEST_RETRY_AFTER_SECONDS))
    return min(now + timedelta(milliseconds=int(seconds * 1000)), last)
