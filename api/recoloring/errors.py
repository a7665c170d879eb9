"""Why a preview cannot be colorized anew."""

from shared.errors import Invalid


class RecolorFailed(Invalid):
    """The worker could not colorize the preview."""

    code = "recolor_failed"
