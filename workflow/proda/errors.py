"""The one error the workflow raises for bad input, with everything needed to correct it."""

__all__ = ["InputError"]


class InputError(ValueError):
    """Input that cannot be used.

    The message reads ``<where>: expected <expected>, found <found>``; ``where`` names the file,
    argument or configuration key and, where there is one, the row, index or variable.
    """

    def __init__(self, where, expected, found, hint=None):
        self.where, self.expected, self.found, self.hint = where, expected, found, hint
        message = f"{where}: expected {expected}, found {found}"
        super().__init__(message + (f" ({hint})" if hint else ""))

    def __reduce__(self):
        return type(self), (self.where, self.expected, self.found, self.hint)
