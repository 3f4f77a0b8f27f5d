"""The base of every error that is the user's to mend, so that a command can turn it into one sentence."""


class UserFacingError(Exception):
    """Its text is one sentence for a person: what is wrong, and what to do. Commands print it and exit with 2."""
