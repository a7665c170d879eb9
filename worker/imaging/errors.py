"""The one error that says what is wrong with a picture. What is wrong with a machine is never told through it."""


class PictureError(Exception):
    """A picture that cannot be colorized, or a result that cannot be written.

    `code` is stable and listed in docs/formats.md; `detail` is one sentence for the picture's owner.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
