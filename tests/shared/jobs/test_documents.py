"""Job documents: ids, the counts that are displayed, options, and how they are stored."""

import time
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from shared.clock import utc_now
from shared.ids import new_job_id, new_lease_token
from shared.jobs.documents import Idempotency, Job, Totals
from shared.jobs.options import Options, ResultFormat
from shared.lifecycle import Counts

MakeJob = Callable[..., Job]


def test_ids_have_a_prefix_and_sort_by_time() -> None:
    ids = [new_job_id()]
    for _ in range(5):
        time.sleep(0.002)
        ids.append(new_job_id())

    assert ids == sorted(ids)
    assert {job_id.partition("_")[0] for job_id in ids} == {"job"}


def test_lease_tokens_differ_in_their_first_digits() -> None:
    short = {new_lease_token()[:8] for _ in range(100)}

    assert len(short) == 100


def test_now_has_the_precision_of_the_store() -> None:
    assert utc_now().microsecond % 1000 == 0


def test_an_unsealed_job_has_no_items(make_job: MakeJob) -> None:
    assert make_job().current_counts() == Counts()


def test_a_running_jobs_counts_add_up_to_its_items(make_job: MakeJob) -> None:
    job = make_job(totals=Totals(items=10, bytes=1), progress=Counts(succeeded=3, failed=1, skipped=2))

    assert job.current_counts() == Counts(pending=4, succeeded=3, failed=1, skipped=2)
    assert job.current_counts().total == 10


def test_an_ended_jobs_counts_are_the_exact_ones(make_job: MakeJob) -> None:
    lagging = Counts(succeeded=3)
    job = make_job(totals=Totals(items=10, bytes=1), progress=lagging, counts=Counts(succeeded=10))

    assert job.current_counts() == Counts(succeeded=10)


def test_a_job_without_a_key_stores_no_field_for_the_unique_index(make_job: MakeJob) -> None:
    assert "idempotency" not in make_job().to_mongo()
    assert make_job(idempotency=Idempotency(key="k", fingerprint="f")).to_mongo()["idempotency"]["key"] == "k"


@pytest.mark.parametrize(
    "options",
    [
        {"vividnes": 1.0},
        {"vividness": 1.6},
        {"vividness": float("nan")},
        {"format": "gif"},
        {"quality": 0},
        {"model": "x" * 65},
    ],
)
def test_invalid_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(options)


def test_the_default_options_keep_the_format_of_the_source() -> None:
    assert (Options().vividness, Options().format, Options().quality) == (1.0, ResultFormat.SAME, None)
