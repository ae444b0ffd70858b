"""The one expected failure of starting Roger."""


class CannotStart(Exception):  # noqa: N818 - a refusal with a sentence, not a fault of the program
    """Roger cannot start; the text is one sentence that tells the operator what to do."""
