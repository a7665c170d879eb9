"""Sessions that have expired are removed, so that they do not pile up where nobody signs in any more."""

from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.keys.documents import Session
from tests.fixtures.worker import Workplace

pytestmark = pytest.mark.anyio


async def test_expired_sessions_are_removed_and_others_stay(workplace: Workplace):
    now, keys = utc_now(), workplace.stores.keys
    for name, hours in (("expired", -1), ("valid", 1)):
        expires_at = now + timedelta(hours=hours)
        await keys.insert_session(Session(id=name, key="k3f9a2b1", created_at=now, expires_at=expires_at))

    await workplace.reconciler().sweep_rarely()

    assert await keys.session("expired") is None
    assert await keys.session("valid") is not None
    await keys.end_session("valid")
