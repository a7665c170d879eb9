"""Why a stream is not opened."""

from shared.errors import TooMany


class TooManyStreams(TooMany):
    """The caller has as many streams of events open as it may have."""

    code = "too_many_streams"
