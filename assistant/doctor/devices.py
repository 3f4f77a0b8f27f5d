"""Which devices say nothing any more, cannot be reached, or will soon be silent for want of a battery."""

from collections.abc import Iterator, Mapping, Sequence

from assistant.doctor.finding import Finding, broken, degraded, ok

PART = "devices"
_MOST_NAMED = 4
_FIXES = {
    "cannot be reached": "check that they have power and are near enough to their bridge",
    "not heard for long": "check their batteries and their bridge; `assistant devices` lists them all",
    "low battery": "change their batteries",
}


def devices(marked: Mapping[str, Sequence[str]], *, total: int) -> Iterator[Finding]:
    """`marked`: names of the entities by what `assistant devices` marks them with; `total`: how many there are."""
    if not total:
        return
    if len(marked.get("not heard for long", ())) == total:
        fix = "check the bridge that they report to, and `assistant capture` for whether anything comes from the broker"
        yield broken(PART, f"not one of {total} entities was heard within its time", fix)
        return
    found = False
    for mark, fix in _FIXES.items():
        if names := marked.get(mark, ()):
            found = True
            yield degraded(PART, f"{_some(names)}: {mark}", fix)
    if not found:
        yield ok(PART, f"all of {total} entities are as they should be")


def _some(names: Sequence[str]) -> str:
    named = ", ".join(names[:_MOST_NAMED])
    return named if len(names) <= _MOST_NAMED else f"{named} and {len(names) - _MOST_NAMED} more"
