"""Correcting a job that has ended: only an operator does this, after results were lost (`photochrom-admin doctor`)."""

from shared.documents import Failure
from shared.jobs.documents import Job
from shared.lifecycle import ENDS, Counts, JobState, settled_state
from shared.mongo import Database, translate_errors, update_if

RESULTS_LOST = Failure(code="results_lost", detail="The results are lost. Retry the job to make them again.")


def counts_of_ended(state: JobState, stored: Counts) -> Counts:
    """The counts of a job that has ended, from those of its chunks."""
    return stored.canceled_rest() if state is JobState.CANCELED else stored.expired_rest()


class Corrections:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._jobs = database["jobs"]

    @translate_errors
    async def recount(self, job: Job, counts: Counts, result_bytes: int) -> bool:
        """Give a job that has ended these counts, and the state that follows from them. False: it is not as it was
        read.
        """
        if job.state not in ENDS:
            return False
        state = job.state if job.state is JobState.CANCELED else settled_state(counts)
        finished = Counts(succeeded=counts.succeeded, failed=counts.failed, skipped=counts.skipped)
        corrected = {
            "state": state,
            "counts": counts.model_dump(),
            "progress": finished.model_dump(),
            "result_bytes": result_bytes,
            "error": job.error.to_mongo() if job.error else RESULTS_LOST.to_mongo() if not counts.succeeded else None,
        }
        as_read = {"_id": job.id, "state": job.state, "run": job.run, "version": job.version}
        return await update_if(self._jobs, as_read, {"$set": corrected, "$inc": {"version": 1}})
