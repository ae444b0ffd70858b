"""The one expected failure of starting Roger."""


class CannotStart(Exception):
    """Roger cannot start; the text is one sentence that tells the operator what to do."""
