"""The two ways an address fails to deliver a file."""

__all__ = ["LastingError", "PassingError"]


class PassingError(Exception):
    """A failure that may pass: try the same address again, after ``wait`` seconds or more."""

    def __init__(self, message, wait=0.0):
        super().__init__(message)
        self.wait = wait


class LastingError(Exception):
    """A failure that will not pass: go on to the next address."""
