"""`photochrom-admin doctor` before the first start, and on real servers, sound ones and wrongly configured ones."""

import json
from datetime import timedelta
from pathlib import Path

import anyio
from redis import Redis

from infra.admin.doctor.bucket import check_bucket
from infra.admin.doctor.findings import Finding, Level, warning
from infra.admin.doctor.machine import check_folders, check_processor
from infra.admin.doctor.models import check_device, check_models
from infra.admin.doctor.servers import check_clock, check_queue
from migrations.runner import upgrade
from shared.clock import utc_now
from shared.ids import new_job_id
from shared.mongo import open_database
from shared.settings import MongoSettings, RedisSettings
from shared.storage.preparing import prepare_bucket
from tests.fixtures.admin import run_admin
from tests.fixtures.storage import bucket_settings
from worker.process.settings import ColorizeSettings

ORIGIN = "https://photos.example.org"


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.check: finding.level for finding in findings}


def test_before_the_first_start_the_machine_is_checked_and_nothing_is_created(tmp_path: Path):
    done = run_admin("doctor", PHOTOCHROM_HOME=str(tmp_path / "home"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        *("processor", "home", "disk", "temporary", "device", "models", "servers"),
    ]
    assert "`make up` starts the embedded stack" in done.stdout
    assert not (tmp_path / "home").exists()


def test_a_processor_without_avx_is_named(tmp_path: Path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags\t\t: fpu sse4_2\n")
    assert check_processor(cpuinfo, "x86_64").level is Level.WARNING

    cpuinfo.write_text("flags\t\t: fpu sse4_2 avx avx2\n")
    assert check_processor(cpuinfo, "x86_64").level is Level.OK
    assert check_processor(cpuinfo, "aarch64").level is Level.OK


def test_a_home_that_others_can_enter_and_a_reserve_that_is_not_free_are_named(tmp_path: Path):
    tmp_path.chmod(0o755)
    reported = levels(list(check_folders(tmp_path, 1 << 60)))
    assert reported == {"home": Level.WARNING, "disk": Level.ERROR}

    tmp_path.chmod(0o700)
    assert set(levels(list(check_folders(tmp_path, 1))).values()) == {Level.OK}


def test_a_gpu_that_is_not_there_is_an_error():
    finding = check_device("cuda:63")

    assert finding.level is Level.ERROR
    assert "There is no device 'cuda:63'" in finding.detail


def test_weights_that_are_missing_or_damaged_are_named(tmp_path: Path):
    shipped = ColorizeSettings().models_dir
    (tmp_path / "base.json").write_bytes((shipped / "base.json").read_bytes())
    settings = ColorizeSettings(models_dir=tmp_path)
    assert "No such file or directory" in next(check_models(settings)).detail

    (tmp_path / "base.safetensors").write_bytes(b"damaged")
    [damaged] = check_models(settings)
    assert damaged.level is Level.ERROR
    assert "the card records" in damaged.detail

    (tmp_path / "base.safetensors").write_bytes((shipped / "base.safetensors").read_bytes())
    assert [finding.level for finding in check_models(settings)] == [Level.OK]


def test_a_clock_that_differs_is_named():
    assert check_clock("database", utc_now()).level is Level.OK
    assert check_clock("database", utc_now() - timedelta(minutes=5)).level is Level.WARNING


def test_a_finding_is_one_line_with_a_few_examples():
    keys = [f"jobs/{n}" for n in range(1200)]

    assert warning("orphans", "They are nobody's.", "Delete them.", keys).line() == (
        "warning  orphans     They are nobody's. [jobs/0, jobs/1, jobs/2 and 1,197 more] Delete them."
    )


def test_sound_servers_are_well_and_a_database_without_revisions_is_not(servers: dict[str, str], tmp_path: Path):
    database = new_job_id()
    variables = {**servers, "PHOTOCHROM_MONGO__DATABASE": database, "PHOTOCHROM_HOME": str(tmp_path)}

    behind = run_admin("doctor", **variables)
    anyio.run(migrated, MongoSettings.model_validate({"url": servers["PHOTOCHROM_MONGO__URL"], "database": database}))
    well = run_admin("doctor", "--json", **variables)

    assert behind.returncode == 1
    assert "python -m migrations up" in behind.stdout
    document = json.loads(well.stdout)
    assert (well.returncode, document["ok"]) == (0, True), well.stdout
    checks = {finding["check"] for finding in document["findings"]}
    assert checks >= {"database", "schema", "clock", "queue", "storage"}
    assert {finding["level"] for finding in document["findings"]} == {"ok"}


async def migrated(settings: MongoSettings) -> None:
    async with open_database(settings) as database:
        await upgrade(database)


def test_servers_that_do_not_respond_are_errors_and_no_password_is_shown(servers: dict[str, str], tmp_path: Path):
    """Without a data folder, as in a container, none is checked."""
    away = {
        "PHOTOCHROM_MONGO__URL": "mongodb://museum:secret-one@127.0.0.1:9/?serverSelectionTimeoutMS=500",
        "PHOTOCHROM_REDIS__URL": "redis://:secret-two@127.0.0.1:9/0",
        "PHOTOCHROM_STORAGE__ENDPOINT_URL": "http://127.0.0.1:9",
        "PHOTOCHROM_STORAGE__ACCESS_KEY_ID": "museum",
        "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY": "secret-three",
    }

    done = run_admin("doctor", **away, PHOTOCHROM_HOME=str(tmp_path / "none"))

    errors = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("error")]
    assert (done.returncode, sorted(set(errors))) == (1, ["database", "queue", "storage"])
    assert "secret" not in done.stdout + done.stderr
    assert not [line for line in done.stdout.splitlines() if line.split()[1] in ("home", "disk")]


def test_a_queue_that_evicts_messages_is_an_error(redis_url: str):
    settings = RedisSettings.model_validate({"url": redis_url})
    with Redis.from_url(redis_url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        redis.config_set("appendonly", "no")
        try:
            wrong = list(check_queue(settings))
        finally:
            redis.config_set("maxmemory-policy", "noeviction")
            redis.config_set("appendonly", "yes")

    assert [finding.level for finding in wrong] == [Level.OK, Level.ERROR, Level.WARNING]
    assert {finding.level for finding in check_queue(settings)} == {Level.OK}


def test_a_bucket_that_pages_cannot_use_is_named_until_it_is_prepared(moto_url: str):
    settings = bucket_settings(moto_url, "examined").model_copy(update={"public_endpoint_url": moto_url})
    assert "storage" in errors_of(settings)

    prepare_bucket(settings, [])
    assert errors_of(settings) == ["CORS"]

    prepare_bucket(settings, ["https://elsewhere.example.org"])
    assert errors_of(settings) == ["CORS"]

    prepare_bucket(settings, [ORIGIN])
    assert errors_of(settings) == []


def errors_of(settings) -> list[str]:
    async def examined() -> list[Finding]:
        return [finding async for finding in check_bucket(settings, f"{ORIGIN}/")]

    return [finding.check for finding in anyio.run(examined) if finding.level is Level.ERROR]
