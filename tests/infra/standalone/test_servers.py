"""The real servers: they keep their data, can be replaced by existing ones, and are not open to others."""

import shutil

import boto3
import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import AuthenticationError

from infra.standalone.database import EXIT_CODE
from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder
from infra.standalone.servers import embedded_servers
from tests.faults.servers import servers_running as stoppable_servers_running
from tests.fixtures.disk import full_disk
from tests.fixtures.ports import free_port
from tests.fixtures.stack import servers_running, wait_until


def bucket_client(environment: dict[str, str]):
    return boto3.client(
        "s3",
        endpoint_url=environment["PHOTOCHROM_STORAGE__ENDPOINT_URL"],
        aws_access_key_id=environment["PHOTOCHROM_STORAGE__ACCESS_KEY_ID"],
        aws_secret_access_key=environment["PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )


@pytest.mark.usefixtures("real_servers")
def test_data_survives_a_restart_under_the_same_addresses(tmp_path):
    with servers_running(tmp_path) as first:
        with MongoClient(first["PHOTOCHROM_MONGO__URL"]) as mongo:
            mongo.archive.jobs.insert_one({"_id": "job_1", "state": "running"})
        with Redis.from_url(first["PHOTOCHROM_REDIS__URL"]) as redis:
            redis.rpush("bulk", "a message")
        bucket_client(first).put_object(Bucket="photochrom", Key="jobs/job_1/source", Body=b"a scan")

    with servers_running(tmp_path) as second:
        with MongoClient(second["PHOTOCHROM_MONGO__URL"]) as mongo:
            assert mongo.archive.jobs.find_one() == {"_id": "job_1", "state": "running"}
        with Redis.from_url(second["PHOTOCHROM_REDIS__URL"]) as redis:
            assert redis.lrange("bulk", 0, -1) == [b"a message"]
        body = bucket_client(second).get_object(Bucket="photochrom", Key="jobs/job_1/source")["Body"]
        assert body.read() == b"a scan"
    assert first == second


@pytest.mark.usefixtures("real_servers")
def test_a_database_exits_after_its_disk_was_full_instead_of_failing_every_request(tmp_path):
    with (
        stoppable_servers_running(tmp_path) as servers,
        MongoClient(servers.environment["PHOTOCHROM_MONGO__URL"]) as mongo,
    ):
        mongo.archive.jobs.insert_one({"_id": "job_1"})
        with full_disk(servers.pid("mongo")):
            for _ in range(2):  # The panic is visible in the second response.
                with pytest.raises(PyMongoError):
                    mongo.archive.jobs.insert_one({"_id": "job_2"})
            wait_until(lambda: servers.exit_code("mongo") == EXIT_CODE)

        servers.start("mongo")

        assert list(mongo.archive.jobs.find()) == [{"_id": "job_1"}]


def test_redis_evicts_no_message_and_writes_each_to_disk(redis_url):
    with Redis.from_url(redis_url) as redis:
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert redis.config_get("appendonly") == {"appendonly": "yes"}


def test_redis_requires_the_password_of_the_folder(redis_url):
    address = redis_url.rpartition("@")[2]

    with Redis.from_url(f"redis://{address}") as stranger, pytest.raises(AuthenticationError):
        stranger.ping()


def test_a_redis_server_on_the_path_is_preferred(tmp_path, monkeypatch):
    ours = tmp_path / "bin" / "redis-server"
    ours.parent.mkdir()
    ours.write_text("#!/bin/sh\n")
    ours.chmod(0o755)
    monkeypatch.setenv("PATH", str(ours.parent))

    redis, *_ = embedded_servers(DataFolder(tmp_path / "home"), environment={})

    assert shutil.which("redis-server") == str(ours)
    assert redis.service.command[0] == str(ours)


def test_a_server_that_the_environment_names_is_not_started(tmp_path, servers):
    environment = {name: servers[name] for name in ("PHOTOCHROM_REDIS__URL", "PHOTOCHROM_MONGO__URL")}

    started = embedded_servers(DataFolder(tmp_path), environment)

    assert [server.service.name for server in started] == ["bucket"]


def test_a_named_server_that_does_not_respond_is_reported_by_its_variable(tmp_path):
    environment = {"PHOTOCHROM_REDIS__URL": f"redis://127.0.0.1:{free_port()}/0"}

    with pytest.raises(StackError, match="PHOTOCHROM_REDIS__URL is set, but no server responds there"):
        embedded_servers(DataFolder(tmp_path), environment)


def test_a_named_bucket_needs_its_keys(tmp_path, servers):
    environment = {"PHOTOCHROM_STORAGE__ENDPOINT_URL": servers["PHOTOCHROM_STORAGE__ENDPOINT_URL"]}

    with pytest.raises(StackError, match="is set without its keys"):
        embedded_servers(DataFolder(tmp_path), environment)
