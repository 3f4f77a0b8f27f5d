"""What is said of the house as it is now: a part of `config.spoken`, the shape and no words."""

from config.spoken_words import Part


class Now(Part):
    """What holds at the moment, and since when."""

    time: str
    date: str
    value: str
    several: str
    state: str
    there_is: str
    there_is_none: str
    there_was_none: str
    """For so long that it is worth telling: whether somebody is there is asked of what sees them move."""
    at_thing: str
    in_room: str
    agreed: str
    denied: str
    unreachable: str
    stale: str
    no_readings: str
    above: str
    below: str
    item: str
    old_item: str
    rooms_beyond: str
    sensors_beyond: str
    none_beyond: str
    some_in_state: str
    none_in_state: str
    some_things_in_state: str
    nothing_in_state: str
    not_in_state: str
    detected: str
    none_detected: str
    clear: str
    none_clear: str
    people: str
    nobody: str
    at_home: str
    """What somebody is who is `present`."""
    always_since: str
    not_since: str
    not_detected_since: str
    changed: str
    detection: str
    last_said: str
    now_is: str
    no_house: str
    rooms: str
    devices: str
    where: str
    example: str
