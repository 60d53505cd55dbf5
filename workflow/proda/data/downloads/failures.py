"""The two ways in which an address fails to deliver a file."""

__all__ = ["LastingError", "PassingError"]


class PassingError(Exception):
    """A failure that may pass: try the same address again, after ``wait`` seconds or more."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class LastingError(Exception):
    """A failure that will not pass: try the next address."""
