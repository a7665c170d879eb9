"""What can be wrong with the options of a job."""

from api.http.errors import InvalidRequest
from shared.errors import Invalid


class InvalidOption(InvalidRequest):
    """An option of a job is unknown, given twice, or out of range."""

    code = "invalid_option"

    @classmethod
    def of(cls, *faults: tuple[str, str]) -> "InvalidOption":
        """Each is the name of an option and what is wrong with it."""
        detail = "; ".join(f"{name}: {what}" for name, what in faults)
        return cls(detail, [{"parameter": name, "detail": what} for name, what in faults])


class HintsOnSeveral(Invalid):
    """Hints apply to a single picture; this is an archive, or several pictures."""

    code = "hints_on_several"
