"""A house that has one of everything: what the usual house lacks, on two floors."""

from dataclasses import replace

from fakes_house import _command, _percent, _slug, binary, build_house, climate, cover, light, sensor, switch

from sensors.colors import COLORS
from sensors.home import Floor, House
from sensors.reading import Aspect, Command, Component, Entity, Quantity, Verb


def _word(id_: str, verb: Verb, aspect: str, *options: str) -> Command:
    return _command(id_, verb, None, takes_value=True, options=options, proof_aspect=aspect)


def thing(component: Component, room: str | None, name: str, quantity: Quantity, *verbs: tuple[Verb, str]) -> Entity:
    """Something that is told words without a value; each with the state that proves it."""
    id_ = f"{component}.{_slug(room, name)}"
    return Entity(
        id=id_,
        component=component,
        name=name,
        room=room,
        aspects=(Aspect(name="state", quantity=quantity),),
        commands=tuple(_command(id_, verb, proof) for verb, proof in verbs),
    )


ON_OFF = ((Verb.TURN_ON, "on"), (Verb.TURN_OFF, "off"))
OPEN_CLOSE = ((Verb.OPEN, "open"), (Verb.CLOSE, "closed"))


def mood_light(room: str, name: str) -> Entity:
    plain = light(room, name)
    kelvin = Aspect(name="color_temperature", quantity=Quantity.COLOR_TEMPERATURE, unit="kelvin", numeric=True)
    whiter = Command(
        verb=Verb.SET_COLOR_TEMPERATURE,
        topic=f"{plain.id}/set",
        payload="{{ value }}",
        takes_value=True,
        unit="kelvin",
        minimum=2000,
        maximum=6500,
        proof_aspect="color_temperature",
    )
    return replace(
        plain,
        aspects=(*plain.aspects, kelvin, Aspect(name="color", quantity=Quantity.COLOR, expected=False)),
        commands=(*plain.commands, whiter, _word(plain.id, Verb.SET_COLOR, "color", *COLORS)),
    )


def fan(room: str, name: str) -> Entity:
    plain = thing(Component.FAN, room, name, Quantity.FAN, *ON_OFF)
    speed = Aspect(name="speed", quantity=Quantity.FAN_SPEED, unit="percent", numeric=True)
    return replace(
        plain,
        aspects=(*plain.aspects, speed),
        commands=(*plain.commands, _percent(plain.id, Verb.SET_SPEED, "speed")),
    )


def air_conditioner(room: str) -> Entity:
    plain = climate(room, "Air conditioner")
    modes = _word(plain.id, Verb.SET_MODE, "state", "off", "heat", "cool", "auto")
    fans = _word(plain.id, Verb.SET_FAN_MODE, "fan_mode", "low", "medium", "high")
    return replace(
        plain,
        aspects=(*plain.aspects, Aspect(name="fan_mode", quantity=Quantity.MODE)),
        commands=(*plain.commands, modes, fans),
    )


WIDE = (
    mood_light("Living Room", "Mood light"),
    fan("Bedroom", "Ceiling fan"),
    air_conditioner("Office"),
    thing(
        Component.VACUUM,
        "Living Room",
        "Robot",
        Quantity.VACUUM,
        *((Verb.START, "cleaning"), (Verb.PAUSE, "paused"), (Verb.STOP, "idle"), (Verb.RETURN_HOME, "returning")),
    ),
    thing(
        Component.LAWN_MOWER,
        "Garden",
        "Mower",
        Quantity.LAWN_MOWER,
        *((Verb.START, "mowing"), (Verb.PAUSE, "paused"), (Verb.RETURN_HOME, "docked")),
    ),
    thing(Component.VALVE, "Garden", "Irrigation valve", Quantity.VALVE, *OPEN_CLOSE),
    thing(Component.SCENE, None, "Movie night", Quantity.SCENE, (Verb.ACTIVATE, "on")),
    thing(Component.BUTTON, "Hallway", "Doorbell restart", Quantity.BUTTON, (Verb.PRESS, "pressed")),
    thing(Component.HUMIDIFIER, "Bedroom", "Humidifier", Quantity.HUMIDIFIER, *ON_OFF),
    thing(Component.SIREN, "Hallway", "Siren", Quantity.SIREN, *ON_OFF),
    thing(
        Component.ALARM_CONTROL_PANEL,
        "Hallway",
        "Alarm",
        Quantity.ALARM,
        *((Verb.ARM_AWAY, "armed_away"), (Verb.ARM_HOME, "armed_home"), (Verb.DISARM, "disarmed")),
    ),
    switch("Kitchen", "Hob hood"),
    light("Garden", "Porch light"),
    cover("Office", "Curtains"),
    sensor("Garden", "Temperature", Quantity.TEMPERATURE),
    sensor("Hallway", "Front door lock battery", Quantity.BATTERY),
    binary("Kitchen", "Smoke alarm", Quantity.SMOKE),
    binary("Laundry Room", "Leak sensor", Quantity.LEAK),
)
FLOORS = (
    Floor(name="Upstairs", rooms=("Bedroom", "Bathroom", "Office")),
    Floor(name="Downstairs", rooms=("Kitchen", "Living Room", "Hallway", "Laundry Room", "Garage")),
)


def wide_house(*extra: Entity) -> House:
    """The usual house with one of everything else."""
    return replace(build_house(*WIDE, *extra), floors=FLOORS)
