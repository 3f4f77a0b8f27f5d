"""The chain by itself: what it says of rows that are whole, moved, taken out, changed, made anew, or cut off."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tools.chain import START, Head, Row, follow, link

FRONT = Head(number=0, hash=START)


def rows(count: int, after: Head = FRONT) -> list[Row]:
    def made() -> Iterator[Row]:
        previous = after.hash
        for number in range(after.number + 1, after.number + 1 + count):
            previous = link(previous, number, 1000 + number, "turn", f'{{"number":{number}}}')
            yield (number, 1000 + number, "turn", f'{{"number":{number}}}', previous)

    return list(made())


def head(row: Row) -> Head:
    return Head(number=row[0], hash=row[4])


def test_the_chain_begins_with_sixty_four_zeros() -> None:
    """Files that exist rest on it."""
    assert START == "0" * 64
    assert link(START, 1, 2, "turn", "{}") == "e9550559aa246ac3142ce0da34967696d4cc2267d8eeeb514a285ecb046456bb"


def test_a_whole_chain_holds_from_wherever_it_is_followed() -> None:
    every = rows(5)
    whole = follow(every, FRONT, sealed=[FRONT, head(every[2]), head(every[4])])
    assert (whole.first, whole.last, whole.broken) == (1, head(every[4]), None)
    rest = follow(every[2:], head(every[1]), sealed=[head(every[1])])
    assert (rest.first, rest.last, rest.broken) == (3, head(every[4]), None), "a seal before the beginning says nothing"


def test_what_is_missing_is_named() -> None:
    every = rows(5)
    gone = follow([*every[:2], *every[3:]], FRONT)
    assert (gone.first, gone.last, gone.broken, gone.why) == (1, head(every[1]), 3, "record 3 is missing")
    cut = follow(every[:3], FRONT, sealed=[head(every[3]), head(every[4])])
    assert (cut.broken, cut.why) == (4, "the end is missing: record 5 was sealed")
    late = follow([*every[2:3], *every[4:]], head(every[1]))
    assert (late.first, late.last, late.broken) == (3, head(every[2]), 4)


def test_a_chain_that_was_made_anew_does_not_fit_its_seal() -> None:
    every, other = rows(3), rows(3, Head(number=0, hash="1" * 64))
    anew = follow(every, FRONT, sealed=[head(other[1])])
    assert (anew.broken, anew.why) == (2, "the chain was made anew: record 2 was sealed otherwise")


@given(place=st.integers(0, 4), field=st.integers(0, 4), count=st.just(5))
def test_whatever_is_changed_in_a_row_shows_at_that_row(place: int, field: int, count: int) -> None:
    every = rows(count)
    row = list(every[place])
    row[field] = row[field] + 1 if isinstance(row[field], int) else f"{row[field]}x"
    every[place] = tuple(row)  # type: ignore[assignment]
    assert follow(every, FRONT).broken == place + 1
