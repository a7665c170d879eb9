"""What makes a repeated request with the same Idempotency-Key the same or a different one."""

import hashlib

import pytest

from api.sources.schemas import JobRequest
from api.submission.fingerprints import body_fingerprint, source_fingerprint
from shared.jobs.options import Options
from shared.jobs.terms import Terms

OTHER_VALUES = {
    "model": "vivid",
    "vividness": 0.5,
    "format": "jpeg",
    "quality": 90,
    "hints": [{"x": 0.5, "y": 0.5, "color": "#b03020"}],
    "seed": 7,
    "variants": 2,
    "name_encoding": "cp932",
}
SOURCE = {"type": "s3_prefix", "bucket": "museum", "prefix": "1931/"}


OTHER_TERMS = {"labels": ["fonds=1931"], "deadline": "2h", "keep": "30d", "webhook": "https://archive.example/hook"}


def of_body(sha256: str, options: Options, **terms: object) -> str:
    return body_fingerprint(sha256, options, Terms.model_validate(terms))


def of_source(source: dict[str, str], **options: object) -> str:
    return source_fingerprint(JobRequest.model_validate({"source": source, "options": options}))


@pytest.mark.parametrize("option", Options.model_fields)
def test_every_option_is_part_of_it(option: str) -> None:
    other = Options.model_validate({option: OTHER_VALUES[option]})

    assert of_body("a" * 64, other) != of_body("a" * 64, Options())
    assert of_source(SOURCE, **{option: OTHER_VALUES[option]}) != of_source(SOURCE)


@pytest.mark.parametrize("term", Terms.model_fields)
def test_every_term_is_part_of_it(term: str) -> None:
    other = {term: OTHER_TERMS[term]}

    assert of_body("a" * 64, Options(), **other) != of_body("a" * 64, Options())
    assert source_fingerprint(JobRequest.model_validate({"source": SOURCE, **other})) != of_source(SOURCE)


def test_without_terms_it_is_what_it_was_before_there_were_any() -> None:
    before = hashlib.sha256(f"{'a' * 64}\n{Options().model_dump_json()}".encode()).hexdigest()

    assert of_body("a" * 64, Options()) == before


def test_the_content_is_part_of_it() -> None:
    assert of_body("a" * 64, Options()) != of_body("b" * 64, Options())
    assert of_source(SOURCE) != of_source({**SOURCE, "prefix": "1932/"})


def test_spelling_does_not_matter() -> None:
    spelled_out = Options.model_validate({"vividness": "1.0", "variants": "1"})

    assert of_body("a" * 64, spelled_out) == of_body("a" * 64, Options())
    assert of_source(SOURCE, vividness=1) == of_source(dict(reversed(SOURCE.items())))
