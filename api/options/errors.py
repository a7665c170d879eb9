"""What can be wrong with the options of a job."""

from api.http.errors import InvalidRequest
from api.http.wording import describe_faults, shortened
from shared.errors import Invalid


class InvalidOption(InvalidRequest):
    """An option of a job is unknown, given twice, or out of range."""

    code = "invalid_option"

    @classmethod
    def of(cls, *faults: tuple[str, str], total: int | None = None) -> "InvalidOption":
        """Each is the name of an option and what is wrong with it. `total` counts those that are not listed, too."""
        listed = [{"parameter": shortened(name), "detail": what} for name, what in faults]
        return cls(describe_faults(listed, total or len(listed)), listed)


class HintsOnSeveral(Invalid):
    """Hints apply to a single picture; this is an archive, or several pictures."""

    code = "hints_on_several"
