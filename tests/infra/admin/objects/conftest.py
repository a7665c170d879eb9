"""Jobs on real servers, made by a worker's parts. Not in a folder above, because they load torch."""

from tests.worker.conftest import anyio_backend, decoders, worker_environment, worker_storage, workplace

__all__ = ["anyio_backend", "decoders", "worker_environment", "worker_storage", "workplace"]
