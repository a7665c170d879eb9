"""Options and terms that are valid by themselves, but not for every source or at every time."""

from datetime import datetime, timedelta

from api.options.errors import HintsOnSeveral, InvalidOption
from shared.jobs.documents import JobKind
from shared.jobs.options import Options
from shared.jobs.terms import time_of
from shared.webhooks.policy import WebhookSettings
from shared.webhooks.urls import Target


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


def check_webhook(url: str | None, allowed: WebhookSettings) -> None:
    """Names are resolved when a message is sent, so this refuses only what needs no resolving. Raises InvalidOption."""
    host = Target.of(url).host if url else ""
    if url and allowed.forbids(host):
        reason = f"{host} is not an address to which this service sends webhooks; its operator can allow it"
        raise InvalidOption.of(("webhook", reason))
