"""A client that retries until it gets a response and logs it in the ledger, and a watcher that polls its jobs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.faults.archives import Submission
from tests.faults.ledger import Ledger, sha256

TERMINAL = ("succeeded", "partially_succeeded", "failed", "canceled", "expired")
# The same request may succeed later: another one with its key is in progress or was swept, or a server is unavailable.
TRY_AGAIN = (408, 409, 429, 503)
PAUSE_SECONDS = 0.1
POLL_SECONDS = 0.15
ANSWER_SECONDS = 15.0


class RetryingClient:
    def __init__(self, url: str, ledger: Ledger) -> None:
        self.http = httpx.Client(base_url=f"{url}/v1", timeout=ANSWER_SECONDS, trust_env=False)
        self._ledger = ledger

    def send(self, submission: Submission, seconds: float = ANSWER_SECONDS) -> str | None:
        """Send one request. Returns the job's id if it is acknowledged in time."""
        self._ledger.write("sent", tag=submission.tag, entries=entries_of(submission), variants=submission.variants)
        answer = self.request(
            "POST",
            "/jobs",
            tag=submission.tag,
            params=parameters_of(submission),
            headers={"Idempotency-Key": submission.tag},
            content=submission.body,
            timeout=seconds,
        )
        if answer is None or answer.status_code != 202:
            return None
        job: str = answer.json()["id"]
        self._ledger.write("acknowledged", tag=submission.tag, job=job)
        return job

    def submit(self, submission: Submission, seconds: float = 60.0) -> str:
        """Repeat the request, with its Idempotency-Key, until it is acknowledged."""
        deadline = time.monotonic() + seconds
        while (job := self.send(submission)) is None:
            assert time.monotonic() < deadline, f"{submission.tag} was not acknowledged within {seconds:.0f} s"
            time.sleep(PAUSE_SECONDS)
        return job

    def request(
        self, method: str, path: str, *, tag: str | None = None, accept: tuple[int, ...] = (), **request: Any
    ) -> httpx.Response | None:
        """Returns None if there was no response or one that asks for a retry. Fails on errors not in `accept`."""
        try:
            answer = self.http.request(method, path, **request)
        except httpx.TransportError as error:
            self._ledger.write("unanswered", request=f"{method} {path}", tag=tag, error=type(error).__name__)
            return None
        self._ledger.write("answered", request=f"{method} {path}", tag=tag, status=answer.status_code)
        if answer.status_code in TRY_AGAIN and answer.status_code not in accept:
            return None
        assert answer.status_code < 400 or answer.status_code in accept, f"{method} {path}: {answer.text}"
        return answer

    def request_until_answered(self, method: str, path: str, seconds: float = 60.0, **request: Any) -> httpx.Response:
        """Repeat the request until it is answered."""
        deadline = time.monotonic() + seconds
        while (answer := self.request(method, path, **request)) is None:
            assert time.monotonic() < deadline, f"{method} {path} was not answered within {seconds:.0f} s"
            time.sleep(PAUSE_SECONDS)
        return answer

    def cancel(self, job: str) -> int:
        """404: the job was deleted meanwhile."""
        return self._grant("cancel", job, self.request_until_answered("POST", f"/jobs/{job}/cancel", accept=(404,)))

    def retry(self, job: str) -> int:
        """409: an earlier request that seemed lost did start the run, or the job has nothing to retry."""
        return self._grant("retry", job, self.request_until_answered("POST", f"/jobs/{job}/retry", accept=(404, 409)))

    def delete(self, job: str) -> int:
        return self._grant("delete", job, self.request_until_answered("DELETE", f"/jobs/{job}", accept=(404,)))

    def _grant(self, action: str, job: str, answer: httpx.Response) -> int:
        self._ledger.write("granted", action=action, job=job, status=answer.status_code)
        return answer.status_code

    def job(self, job: str) -> dict[str, Any]:
        job_now: dict[str, Any] = self.request_until_answered("GET", f"/jobs/{job}").json()
        return job_now

    def items(self, job: str) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            params = {"limit": 500} | ({"after": after} if after else {})
            page = self.request_until_answered("GET", f"/jobs/{job}/items", params=params).json()
            yield from page["data"]
            after = page["next_cursor"]
            if after is None:
                return

    def is_over(self, job: str) -> bool:
        return self.job(job)["state"] in TERMINAL

    def wait_until_over(self, job: str, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (answer := self.job(job))["state"] not in TERMINAL:
            assert time.monotonic() < deadline, f"{job} has not ended within {seconds:.1f} s: {answer}"
            time.sleep(PAUSE_SECONDS)
        return answer

    def wait_until_gone(self, job: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.request_until_answered("GET", f"/jobs/{job}", accept=(404,)).status_code != 404:
            assert time.monotonic() < deadline, f"{job} is not gone after {seconds:.1f} s"
            time.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        self.http.close()


class Watcher:
    """Polls jobs several times a second and logs the responses in order."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self._url = url
        self._ledger = ledger
        self._jobs: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def watch(self, job: str) -> None:
        self._jobs.add(job)

    def leave(self, job: str) -> None:
        self._jobs.discard(job)

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        with httpx.Client(base_url=f"{self._url}/v1", timeout=ANSWER_SECONDS, trust_env=False) as http:
            while not self._closed.wait(POLL_SECONDS):
                for job in list(self._jobs):
                    self._look(http, job)

    def _look(self, http: httpx.Client, job: str) -> None:
        try:
            answer = http.get(f"/jobs/{job}")
        except httpx.TransportError:
            return  # The gateway was killed. The next poll counts.
        event = {"status": answer.status_code}
        if answer.status_code == 200:
            body = answer.json()
            event |= {name: body[name] for name in ("state", "run", "version", "progress", "counts", "items")}
        self._ledger.write("seen", durable=False, job=job, **event)


@contextmanager
def client_and_watcher(url: str, ledger: Ledger) -> Iterator[tuple[RetryingClient, Watcher]]:
    client, watcher = RetryingClient(url, ledger), Watcher(url, ledger)
    try:
        yield client, watcher
    finally:
        watcher.close()
        client.close()


def parameters_of(submission: Submission) -> dict[str, Any]:
    deadline = {"deadline": submission.deadline} if submission.deadline else {}
    return {"filename": submission.filename, "variants": submission.variants, **deadline}


def entries_of(submission: Submission) -> list[dict[str, Any]]:
    return [
        {
            "name": entry.name,
            "source": sha256(entry.content),
            "state": entry.state,
            "code": entry.code,
        }
        for entry in submission.entries
    ]
