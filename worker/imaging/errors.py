"""The error for what is wrong with a picture. Failures of the machine never use it."""

CODES = frozenset(
    {
        "animated_image",
        "bilevel_image",
        "corrupt_image",
        "empty_file",
        "image_too_large",
        "multipage_image",
        "unsupported_bit_depth",
        "unsupported_color_space",
        "unsupported_compression",
        "unsupported_format",
    }
)
"""What can be wrong with a picture. docs/formats.md explains each code."""


class PictureError(Exception):
    """A picture that cannot be colorized, or a result that cannot be written.

    `code` is stable: one of `CODES`, or one of the sandbox's. `detail` is a sentence for the picture's owner.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
