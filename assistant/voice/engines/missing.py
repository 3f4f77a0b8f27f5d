"""The one exception for a speech part that is not there; its message names the fix."""

from config.errors import UserFacingError


class EngineMissing(UserFacingError):
    """A package, shared library or model of a speech engine is absent or unusable on this machine."""
