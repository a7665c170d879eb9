"""The keys of a job begin with its prefix, and those of its results sort like its items."""

from shared.storage.keys import job_prefix, result_key, source_key


def test_every_key_of_a_job_begins_with_its_prefix() -> None:
    prefix = job_prefix("job_01J")

    assert source_key("job_01J").startswith(prefix)
    assert result_key("job_01J", 3, 2, "0123456789abcdef", ".jpg") == f"{prefix}results/0000003-2.01234567.jpg"


def test_results_sort_by_index_and_variant() -> None:
    ordered = [(index, variant) for index in (0, 9, 10, 99_999, 1_000_000) for variant in (1, 2, 4)]
    keys = [
        result_key("job_01J", index, variant, f"{index + variant:016x}"[::-1], ".png") for index, variant in ordered
    ]

    assert keys == sorted(keys)
