"""Why a download of all results cannot go on."""

from shared.errors import Conflict


class ResultsChanged(Conflict):
    """The job was retried while its results were being downloaded."""

    code = "results_changed"
