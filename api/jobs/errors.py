"""Why a request about a job cannot be met."""

from shared.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """There is no such job."""

    code = "job_not_found"


class JobDeleted(NotFound):
    """The job is being deleted."""

    code = "job_deleted"


class NotFinished(Conflict):
    """The job has not finished yet."""

    code = "not_finished"


class DeadlinePassed(Conflict):
    """The job's deadline has passed: another run needs a new one."""

    code = "deadline_passed"


class StoppedEarly(Conflict):
    """The job ended before all of its pictures were processed: it can only be retried as a whole."""

    code = "stopped_early"


class NothingToRetry(Conflict):
    """Every picture of the job succeeded."""

    code = "nothing_to_retry"
