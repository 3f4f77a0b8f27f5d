"""How an endpoint fails: what of it is told, what is kept of its own words, and whether it is worth asking again."""

import re

_MISSET = frozenset({300, 301, 302, 303, 307, 308, 401, 402, 403, 404})
"""Statuses that stay the same until somebody changes a setting."""
_TELLING = 4
"""Letters that a word has that tells something."""
TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|exceed\w* (?:the |its )?(?:available )?context|too many tokens"
    r"|prompt is too long|maximum (?:sequence|input|prompt|context)",
    re.IGNORECASE,
)
TOO_MUCH = "that was more than fits into the model's context; give it a longer one"


class EndpointFailed(Exception):
    """The endpoint did not give a complete message. `status` is the HTTP status where there was one.

    `silent`: it did not refuse but let us wait, which costs a turn more than any error. `quoted`: its own words.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        retry_after_seconds: float | None = None,
        status: int | None = None,
        silent: bool = False,
        quoted: str = "",
    ) -> None:
        super().__init__(message)
        self.message = f"{message}: {quoted}" if quoted else message
        self._own, self._quoted = message, quoted
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.status = status
        self.silent = silent

    def leave_out(self, said: str) -> None:
        """Drops its own words where they repeat any that were said: this goes into logs, which hold no speech."""
        words = {word for word in re.findall(r"\w+", said.casefold()) if len(word) >= _TELLING}
        if words & set(re.findall(r"\w+", self._quoted.casefold())):
            self.message = f"{self._own} (its words repeat what was said, and are left out)"

    @property
    def misset(self) -> bool:
        """Whether it answers the same until somebody changes a setting."""
        return self.status in _MISSET

    @property
    def too_long(self) -> bool:
        """Whether the conversation was more than fits into the model's context."""
        return TOO_MUCH in self.message
