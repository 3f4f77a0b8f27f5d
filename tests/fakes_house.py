"""A house made by hand: eight rooms and about forty entities, as discovery would describe them."""

from sensors.home import House
from sensors.reading import Aspect, Command, Component, Entity, Quantity, Verb

UNITS = {
    Quantity.TEMPERATURE: "celsius",
    Quantity.HUMIDITY: "percent",
    Quantity.POWER: "watts",
    Quantity.ILLUMINANCE: "lux",
    Quantity.CO2: "ppm",
    Quantity.BATTERY: "percent",
}


def _slug(*words: str | None) -> str:
    return "_".join(word for word in words if word).lower().replace(" ", "_")


def sensor(room: str | None, name: str, quantity: Quantity, *, device: str | None = None) -> Entity:
    aspect = Aspect(name="state", quantity=quantity, unit=UNITS.get(quantity), numeric=True)
    return Entity(
        id=f"sensor.{_slug(room, name)}",
        component=Component.SENSOR,
        name=name,
        room=room,
        device=device,
        aspects=(aspect,),
    )


def binary(room: str | None, name: str, quantity: Quantity) -> Entity:
    return Entity(
        id=f"binary_sensor.{_slug(room, name)}",
        component=Component.BINARY_SENSOR,
        name=name,
        room=room,
        aspects=(Aspect(name="state", quantity=quantity),),
    )


def _command(entity: str, verb: Verb, proof: str | None, **more: object) -> Command:
    return Command(verb=verb, topic=f"{entity}/set", payload=verb.value.upper(), proof_state=proof, **more)  # type: ignore[arg-type]


def _percent(entity: str, verb: Verb, aspect: str) -> Command:
    return Command(
        verb=verb,
        topic=f"{entity}/set/{aspect}",
        payload="{{ value }}",
        takes_value=True,
        unit="percent",
        minimum=0,
        maximum=100,
        proof_aspect=aspect,
    )


def light(room: str | None, name: str, *, aliases: tuple[str, ...] = ()) -> Entity:
    id_ = f"light.{_slug(room, name)}"
    brightness = Aspect(name="brightness", quantity=Quantity.BRIGHTNESS, unit="percent", numeric=True)
    return Entity(
        id=id_,
        component=Component.LIGHT,
        name=name,
        room=room,
        aliases=aliases,
        aspects=(Aspect(name="state", quantity=Quantity.LIGHT), brightness),
        commands=(
            _command(id_, Verb.TURN_ON, "on"),
            _command(id_, Verb.TURN_OFF, "off"),
            _percent(id_, Verb.SET_BRIGHTNESS, "brightness"),
        ),
    )


def switch(room: str | None, name: str) -> Entity:
    id_ = f"switch.{_slug(room, name)}"
    return Entity(
        id=id_,
        component=Component.SWITCH,
        name=name,
        room=room,
        aspects=(Aspect(name="state", quantity=Quantity.SWITCH),),
        commands=(_command(id_, Verb.TURN_ON, "on"), _command(id_, Verb.TURN_OFF, "off")),
    )


def lock(room: str | None, name: str) -> Entity:
    id_ = f"lock.{_slug(room, name)}"
    return Entity(
        id=id_,
        component=Component.LOCK,
        name=name,
        room=room,
        aspects=(Aspect(name="state", quantity=Quantity.LOCK),),
        commands=(_command(id_, Verb.LOCK, "locked"), _command(id_, Verb.UNLOCK, "unlocked")),
    )


def cover(room: str | None, name: str, quantity: Quantity = Quantity.COVER) -> Entity:
    id_ = f"cover.{_slug(room, name)}"
    position = Aspect(name="position", quantity=Quantity.POSITION, unit="percent", numeric=True)
    return Entity(
        id=id_,
        component=Component.COVER,
        name=name,
        room=room,
        aspects=(Aspect(name="state", quantity=quantity), position),
        commands=(
            _command(id_, Verb.OPEN, "open"),
            _command(id_, Verb.CLOSE, "closed"),
            _percent(id_, Verb.SET_POSITION, "position"),
        ),
    )


def climate(room: str | None, name: str) -> Entity:
    id_ = f"climate.{_slug(room, name)}"
    target = Command(
        verb=Verb.SET_TEMPERATURE,
        topic=f"{id_}/set/temperature",
        payload="{{ value }}",
        takes_value=True,
        unit="celsius",
        minimum=5,
        maximum=30,
        proof_aspect="target_temperature",
    )
    return Entity(
        id=id_,
        component=Component.CLIMATE,
        name=name,
        room=room,
        aspects=(
            Aspect(name="state", quantity=Quantity.CLIMATE),
            Aspect(name="current_temperature", quantity=Quantity.TEMPERATURE, unit="celsius", numeric=True),
            Aspect(name="target_temperature", quantity=Quantity.TARGET_TEMPERATURE, unit="celsius", numeric=True),
        ),
        commands=(target,),
    )


ROOMS = ("Bathroom", "Bedroom", "Garage", "Hallway", "Kitchen", "Laundry Room", "Living Room", "Office")


def build_house(*extra: Entity, version: int = 1) -> House:
    """The usual house, and whatever else a test wants in it."""
    rooms = [entity for room in ROOMS for entity in _everywhere(room)]
    return House(version=version, entities=(*rooms, *_particular(), *extra))


def _everywhere(room: str) -> tuple[Entity, ...]:
    return (
        sensor(room, "Temperature", Quantity.TEMPERATURE),
        sensor(room, "Humidity", Quantity.HUMIDITY),
        light(room, "Ceiling light"),
    )


def _particular() -> tuple[Entity, ...]:
    return (
        binary("Hallway", "Front door contact", Quantity.DOOR),
        binary("Kitchen", "Back door contact", Quantity.DOOR),
        binary("Bedroom", "Window", Quantity.WINDOW),
        binary("Kitchen", "Window", Quantity.WINDOW),
        binary("Office", "Window", Quantity.WINDOW),
        binary("Hallway", "Motion", Quantity.MOTION),
        binary("Living Room", "Motion", Quantity.MOTION),
        lock("Hallway", "Front door lock"),
        lock("Kitchen", "Back door lock"),
        cover("Bedroom", "Blinds"),
        cover("Living Room", "Blinds"),
        cover("Garage", "Garage door", Quantity.GARAGE_DOOR),
        climate("Living Room", "Thermostat"),
        climate("Bedroom", "Thermostat"),
        light("Living Room", "Floor lamp", aliases=("reading lamp",)),
        light("Bedroom", "Bedside lamp"),
        switch("Kitchen", "Coffee machine"),
        sensor("Kitchen", "Coffee machine power", Quantity.POWER),
        switch("Laundry Room", "Washing machine"),
        sensor("Laundry Room", "Washing machine power", Quantity.POWER),
        sensor("Office", "CO2", Quantity.CO2),
        sensor("Kitchen", "Freezer temperature", Quantity.TEMPERATURE),
    )
