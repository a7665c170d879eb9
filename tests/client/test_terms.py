"""Labels and deadlines, as the client sends them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from photochrom.terms import Terms, keep_text, moment_text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (timedelta(hours=2), "7200s"),
        ("90m", "90m"),
        (datetime(2026, 12, 24, 18, tzinfo=UTC), "2026-12-24T18:00:00+00:00"),
        (datetime(2026, 12, 24, 18, tzinfo=timezone(timedelta(hours=1))), "2026-12-24T18:00:00+01:00"),
        ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00+00:00"),
    ],
)
def test_a_moment_is_a_time_or_a_duration(moment, text):
    assert moment_text(moment) == text


@pytest.mark.parametrize("moment", ["tomorrow", "2h30m", "2026-12-24T18:00:00", datetime(2026, 12, 24)])
def test_a_time_without_a_zone_is_ambiguous(moment):
    with pytest.raises(ValueError, match=r"no zone|Invalid isoformat"):
        moment_text(moment)


def test_terms_that_are_not_given_are_not_sent():
    assert Terms().as_json() == Terms().as_query() == {}
    assert Terms(labels=["a"], deadline="2h").as_json() == {"labels": ["a"], "deadline": "2h"}
    assert Terms(labels=["a"], deadline="2h").as_query() == {"label": ["a"], "deadline": "2h"}


@pytest.mark.parametrize(("keep", "text"), [("30d", "30d"), ("forever", "forever"), (timedelta(days=30), "2592000s")])
def test_how_long_a_job_is_kept_is_a_duration(keep, text):
    assert keep_text(keep) == text


def test_another_duration_is_refused():
    with pytest.raises(ValueError, match=r"'a month' is not a duration. Write 12h, 30d, 4w or forever."):
        keep_text("a month")


def test_a_webhook_is_sent_as_it_is():
    assert Terms(webhook="https://archive.example/hook").as_json() == {"webhook": "https://archive.example/hook"}
    assert Terms(webhook="https://archive.example/hook").as_query() == {"webhook": "https://archive.example/hook"}
