"""People say `outside` and `upstairs` in houses where no room and no floor is called so."""

import pytest

from sensors.usual_places import Place, usual_places


def rooms(*names: str) -> list[Place]:
    return [(name, (name,)) for name in names]


GARDEN = ("Garden", "Front yard", "Kitchen", "Gardening books")


def test_outside_is_where_the_garden_is() -> None:
    found = dict(usual_places(rooms(*GARDEN), ()))
    assert found["outside"] == found["outdoors"] == ("Garden", "Front yard")


def test_a_name_that_somebody_gave_means_what_they_gave_it_to() -> None:
    assert "outside" not in dict(usual_places(rooms("Outside", "Garden"), ()))
    assert usual_places(rooms("Kitchen"), ()) == ()


@pytest.mark.parametrize(
    ("floors", "downstairs", "upstairs"),
    [
        (("Ground floor", "First floor"), ["Ground floor"], ["First floor"]),
        (("Ground Floor", "First Floor", "Second Floor"), ["Ground Floor"], ["First Floor", "Second Floor"]),
        (("First floor", "Second floor"), None, ["Second floor"]),
        (("Lower level", "Upper level"), ["Lower level"], ["Upper level"]),
        (("Cellar", "Attic"), None, None),
    ],
)
def test_floors_are_downstairs_and_upstairs(
    floors: tuple[str, ...], downstairs: list[str] | None, upstairs: list[str] | None
) -> None:
    found = dict(usual_places(rooms("Upper room"), [(floor, (floor,)) for floor in floors]))
    for said, meant in (("downstairs", downstairs), ("upstairs", upstairs)):
        assert found.get(said) == (tuple(meant) if meant else None)


def test_german_rooms_are_outside_in_german() -> None:
    found = dict(usual_places(rooms("Terrasse", "Küche"), [("EG", ("Küche",)), ("OG", ("Bad",))]))
    assert found["draußen"] == ("Terrasse",) and found["unten"] == ("Küche",) and found["oben"] == ("Bad",)
