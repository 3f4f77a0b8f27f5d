"""What stands in which room of the simulated house, and how it behaves. Data and wiring; no I/O."""

from collections.abc import Iterator
from itertools import count

from assistant.demo.curves import (
    DAY_MS,
    HOUR_MS,
    Appliance,
    Battery,
    Bump,
    Compressor,
    Curve,
    Daily,
    Daylight,
    Meter,
    Run,
    Sky,
)
from assistant.demo.devices import Deaf, Device, Order
from assistant.demo.firmware import Controller, EspHome, Tasmota
from assistant.demo.routines import MINUTE_MS, Habit, Habits, Routine, Settled, Spans, State, around, front_door_spans
from assistant.demo.zigbee import Zigbee

HISTORY_DAYS = 30
_QUIET_MS = 25 * MINUTE_MS
"""How long before the start lights and sockets were last touched."""
_KEPT_DAYS = HISTORY_DAYS + 3

# Rooms above 72 °F (22.2 °C) stay above it at any hour, the others below.
_CLIMATE: dict[str, tuple[float, float, float]] = {
    "Living room": (23.1, 0.35, 45),
    "Kitchen": (20.9, 0.4, 48),
    "Bedroom": (19.4, 0.5, 51),
    "Bathroom": (23.7, 0.3, 56),
    "Hallway": (18.6, 0.4, 47),
    "Office": (21.2, 0.35, 43),
    "Children's room": (22.9, 0.25, 49),
    "Laundry room": (17.9, 0.3, 58),
    "Garage": (12.4, 1.4, 61),
    "Garden": (11.5, 4.2, 70),
}
"""Room: mean temperature in Celsius, how far it swings by day, mean relative humidity in percent."""
_HUMID_BUMPS = {
    "Bathroom": (Bump(from_hour=6.8, to_hour=8.3, height=21), Bump(from_hour=20.7, to_hour=22, height=14)),
    "Kitchen": (Bump(from_hour=18, to_hour=19.5, height=9),),
}
_MOTION = {
    "Hallway": (
        Habit(from_hour=6.5, to_hour=22.8, times=30, shortest_seconds=60, longest_seconds=140, likelihood=0.8),
    ),
    "Living room": (
        Habit(from_hour=7, to_hour=9, times=4, shortest_seconds=90, longest_seconds=300, likelihood=0.6),
        Habit(from_hour=16.5, to_hour=22.7, times=24, shortest_seconds=120, longest_seconds=600, likelihood=0.9),
    ),
    "Bathroom": (
        Habit(from_hour=6.4, to_hour=8.4, times=5, shortest_seconds=120, longest_seconds=700, likelihood=0.9),
        Habit(from_hour=12, to_hour=19, times=6, shortest_seconds=90, longest_seconds=300, likelihood=0.5),
        Habit(from_hour=20.5, to_hour=22.9, times=4, shortest_seconds=120, longest_seconds=900, likelihood=0.8),
    ),
    "Garage": (Habit(from_hour=7, to_hour=19, times=5, shortest_seconds=60, longest_seconds=240, likelihood=0.5),),
}
_EVENING = (Habit(from_hour=18.2, to_hour=23, times=1, shortest_seconds=7_200, longest_seconds=14_000, likelihood=0.9),)
_MORNING_AND_EVENING = (
    Habit(from_hour=6.3, to_hour=8.2, times=1, shortest_seconds=1_200, longest_seconds=4_000, likelihood=0.9),
    Habit(from_hour=17.5, to_hour=22.5, times=2, shortest_seconds=2_400, longest_seconds=7_000, likelihood=0.85),
)
_AIRING = (
    Habit(from_hour=7, to_hour=9, times=1, shortest_seconds=400, longest_seconds=1_500, likelihood=0.85),
    Habit(from_hour=19.5, to_hour=21.5, times=1, shortest_seconds=300, longest_seconds=1_200, likelihood=0.6),
)
_AFTERNOON = (Habit(from_hour=13, to_hour=18.5, times=3, shortest_seconds=60, longest_seconds=2_400, likelihood=0.6),)
_DAYTIME = (Habit(from_hour=7.2, to_hour=21.6, times=1, shortest_seconds=43_000, longest_seconds=49_000),)
_DRIVES = (
    Habit(from_hour=7.8, to_hour=8.9, times=1, shortest_seconds=70, longest_seconds=240, likelihood=0.8),
    Habit(from_hour=16.8, to_hour=19, times=1, shortest_seconds=70, longest_seconds=300, likelihood=0.8),
)


class Plan:
    """Builds every device of the house once. The same seed, zone and start make the same house."""

    def __init__(self, sky: Sky, *, start_ms: int, prefix: str, turning_seconds: float, travel_seconds: float) -> None:
        self._sky = sky
        self._start_ms = start_ms
        self._prefix = prefix
        self._turning_seconds = turning_seconds
        self._travel_seconds = travel_seconds
        self._addresses = count(0x2A17C0, 0x11)
        self._macs = count(0x0A10, 7)

    def devices(self) -> Iterator[Device]:
        for room in ("Kitchen", "Bedroom", "Bathroom", "Children's room", "Laundry room", "Hallway"):
            yield self._climate_sensor(room)
        for room in ("Living room", "Office", "Garden"):
            yield self._station(room)
        yield from self._doors_and_windows()
        yield from self._watchers()
        yield from self._lights()
        for room, target in (("Living room", 22.5), ("Bedroom", 19), ("Bathroom", 23.5)):
            yield self._thermostat(room, target)
        yield from self._sockets()
        yield self._blinds("Living room")
        yield self._blinds("Bedroom")
        yield self._garage()

    # Curves and routines by room.

    def _temperature(self, room: str) -> Daily:
        base, swing, _ = _CLIMATE[room]
        bumps = (Bump(from_hour=17.8, to_hour=19.5, height=0.5),) if room == "Kitchen" else ()
        outside = 2.5 if room == "Garden" else 0.35
        return Daily(sky=self._sky, name=f"{room} temperature", base=base, swing=swing, drift=outside, bumps=bumps)

    def _humidity(self, room: str) -> Daily:
        bumps = _HUMID_BUMPS.get(room, ())
        name, base = f"{room} humidity", _CLIMATE[room][2]
        return Daily(
            sky=self._sky, name=name, base=base, swing=2.5, peak_hour=5, drift=4, bumps=bumps, lowest=15, highest=99
        )

    def _carbon_dioxide(self, room: str, from_hour: float, to_hour: float, height: float) -> Daily:
        bumps = (Bump(from_hour=from_hour, to_hour=to_hour, height=height),)
        return Daily(sky=self._sky, name=f"{room} air", base=520, drift=60, bumps=bumps, digits=0, lowest=405)

    def _battery(self, level: float) -> Battery:
        return Battery(level=level, anchor_ms=self._start_ms)

    def _habits(self, name: str, states: tuple[State, State], habits: tuple[Habit, ...]) -> Habits:
        return Habits(sky=self._sky, name=name, states=states, habits=habits)

    def _settled(
        self, name: str, habits: tuple[Habit, ...], *, on: bool = False, states: tuple[State, State] = ("OFF", "ON")
    ) -> Settled:
        routine = self._habits(name, states, habits)
        return Settled(routine=routine, from_ms=self._start_ms - _QUIET_MS, state=states[on])

    def _zigbee(self, name: str, room: str, model: str) -> Zigbee:
        return Zigbee(name, room, address=next(self._addresses), model=model, prefix=self._prefix)

    # Devices.

    def _climate_sensor(self, room: str) -> Device:
        sensor = self._zigbee(f"{room} sensor", room, "WSDCGQ11LM")
        sensor.measures("temperature", self._temperature(room), "°C", device_class="temperature", name="Temperature")
        sensor.measures("humidity", self._humidity(room), "%", device_class="humidity", name="Humidity")
        sensor.battery(self._battery(9 if room == "Laundry room" else 58 + 2 * len(room)))
        return sensor.build()

    def _station(self, room: str) -> Device:
        station = EspHome(f"{room} sensor", room, prefix=self._prefix)
        station.measures("Temperature", self._temperature(room), "°C", device_class="temperature")
        station.measures("Humidity", self._humidity(room), "%", device_class="humidity", digits=0)
        brightest, indoors = (62_000, 0) if room == "Garden" else (850, 140)
        light = Daylight(sky=self._sky, name=f"{room} daylight", brightest=brightest, indoors=indoors)
        station.measures("Light level", light, "lx", device_class="illuminance", digits=0)
        match room:
            case "Living room":
                air = self._carbon_dioxide(room, 17, 23, 520)
                station.measures("Carbon dioxide", air, "ppm", device_class="carbon_dioxide", digits=0)
            case "Office":
                air = self._carbon_dioxide(room, 8.5, 17.5, 640)
                station.measures("Carbon dioxide", air, "ppm", device_class="carbon_dioxide", digits=0)
            case _:
                pressure = Daily(sky=self._sky, name="pressure", base=1013, drift=11)
                station.measures("Air pressure", pressure, "hPa", device_class="atmospheric_pressure")
        return station.build()

    def _doors_and_windows(self) -> Iterator[Device]:
        opened = front_door_spans(self._sky, start_ms=self._start_ms - _KEPT_DAYS * DAY_MS, now_ms=self._start_ms)
        yield self._contact("Front door", "Hallway", Spans(states=(True, False), spans=opened), "door", 81)
        for name, room, kind, habits, level in (
            ("Garden door", "Living room", "door", _AFTERNOON, 74),
            ("Kitchen window", "Kitchen", "window", _AIRING, 66),
            ("Bedroom window", "Bedroom", "window", _AIRING, 92),
            ("Bathroom window", "Bathroom", "window", _AIRING, 88),
        ):
            routine = self._habits(name, (True, False), habits)
            yield self._contact(name, room, routine, kind, level)
        lock = self._zigbee("Front door lock", "Hallway", "Nimly Touch")
        unlocked = around(opened, before_ms=14_000, after_ms=25_000)
        lock.lock(Spans(states=("LOCKED", "UNLOCKED"), spans=unlocked), turning_seconds=self._turning_seconds)
        lock.battery(self._battery(71))
        yield lock.build()

    def _contact(self, name: str, room: str, routine: Routine, kind: str, level: float) -> Device:
        contact = self._zigbee(name, room, "MCCGQ11LM")
        contact.detects("contact", routine, device_class=kind, name=None, inverted=True)
        contact.battery(self._battery(level))
        return contact.build()

    def _watchers(self) -> Iterator[Device]:
        for room, level in (("Hallway", 57), ("Living room", 83), ("Bathroom", 96)):
            motion = self._zigbee(f"{room} motion", room, "RTCGQ11LM")
            motion.detects("occupancy", self._motion(room, (False, True)), device_class="motion", name=None)
            motion.battery(self._battery(level))
            yield motion.build()
        leaked_ms = self._start_ms - 12 * DAY_MS - 3 * HOUR_MS
        for name, room, spans in (
            ("Washing machine leak", "Laundry room", ((leaked_ms, leaked_ms + 9 * MINUTE_MS),)),
            ("Kitchen sink leak", "Kitchen", ()),
        ):
            leak = self._zigbee(name, room, "SJCGQ11LM")
            leak.detects("water_leak", Spans(states=(False, True), spans=spans), device_class="moisture", name=None)
            leak.battery(self._battery(90))
            yield leak.build()
        for name, room in (("Hallway smoke alarm", "Hallway"), ("Kitchen smoke alarm", "Kitchen")):
            smoke = self._zigbee(name, room, "JTYJ-GD-01LM")
            smoke.detects("smoke", Spans(states=(False, True)), device_class="smoke", name=None)
            smoke.battery(self._battery(85))
            yield smoke.build()

    def _motion(self, room: str, states: tuple[State, State]) -> Habits:
        return self._habits(f"{room} motion", states, _MOTION[room])

    def _lights(self) -> Iterator[Device]:
        for name, room, habits, on in (
            ("Ceiling light", "Living room", _EVENING, False),
            ("Floor lamp", "Living room", _EVENING, False),
            ("Kitchen light", "Kitchen", _MORNING_AND_EVENING, False),
            ("Bedroom light", "Bedroom", _MORNING_AND_EVENING, False),
            ("Bathroom light", "Bathroom", _MORNING_AND_EVENING, False),
            ("Hallway light", "Hallway", _EVENING, True),
            ("Night light", "Children's room", _EVENING, False),
        ):
            lamp = self._zigbee(name, room, "LED1623G12")
            lamp.lamp(self._settled(name, habits, on=on), brightness=200)
            yield lamp.build()
        desk = EspHome("Desk lamp", "Office", prefix=self._prefix)
        desk.lamp(self._settled("desk lamp", _MORNING_AND_EVENING), brightness=180)
        yield desk.build()
        lamp = self._zigbee("Reading lamp", "Bedroom", "LED1545G12")
        lamp.lamp(self._settled("Reading lamp", _EVENING), brightness=120, wrap=self._deaf)
        yield lamp.build()

    def _deaf(self, order: Order) -> Order:
        return Deaf(order, seed=self._sky.seed)

    def _thermostat(self, room: str, target: float) -> Device:
        thermostat = self._zigbee(f"{room} thermostat", room, "TS0601")
        thermostat.thermostat(self._temperature(room), target=target)
        thermostat.battery(self._battery(64))
        return thermostat.build()

    def _sockets(self) -> Iterator[Device]:
        always = Settled(routine=Spans(states=("OFF", "ON")), from_ms=0, state="ON")
        weekdays = frozenset({0, 2, 5})
        for name, room, standby, run in (
            ("Washing machine", "Laundry room", 1.1, Run(from_hour=10, to_hour=11.4, watts=640, weekdays=weekdays)),
            ("Television", "Living room", 0.6, Run(from_hour=19.1, to_hour=22.4, watts=96)),
            ("Coffee machine", "Kitchen", 0.4, Run(from_hour=6.7, to_hour=7.3, watts=780)),
        ):
            power = Appliance(sky=self._sky, name=name, standby=standby, runs=(run,))
            yield self._socket(name, room, always, power)
        yield self._socket("Freezer", "Garage", always, Compressor(sky=self._sky, name="Freezer", watts=88))
        pump = Appliance(sky=self._sky, name="Fountain", standby=0, runs=())
        yield self._socket("Fountain", "Garden", self._settled("Fountain", ()), pump, watts_on=42)

    def _socket(self, name: str, room: str, routine: Routine, power: Curve, *, watts_on: float | None = None) -> Device:
        origin_ms = (self._start_ms // HOUR_MS - 24 * _KEPT_DAYS) * HOUR_MS
        socket = Tasmota(name, room, mac=next(self._macs), prefix=self._prefix)
        energy = Meter(power, origin_ms=origin_ms, start=17.0 * len(name))
        return socket.socket(routine, power=power, energy=energy, watts_on=watts_on)

    def _blinds(self, room: str) -> Device:
        blinds = EspHome(f"{room} blinds", room, prefix=self._prefix)
        routine = self._settled(f"{room} blinds", _DAYTIME, on=True, states=("closed", "open"))
        blinds.blinds(routine, full_seconds=self._travel_seconds)
        return blinds.build()

    def _garage(self) -> Device:
        garage = Controller("Garage", "Garage", prefix=self._prefix)
        door = self._settled("garage door", _DRIVES, states=("closed", "open"))
        garage.door("Garage door", door, full_seconds=self._travel_seconds)
        garage.lamp("Garage light", self._settled("Garage light", _MORNING_AND_EVENING), brightness=80)
        garage.measures("Temperature", self._temperature("Garage"), "°C", device_class="temperature")
        garage.detects("Motion", self._motion("Garage", ("OFF", "ON")), device_class="motion")
        return garage.build()
