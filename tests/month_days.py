"""Days of a house in which things go wrong, each about as long as it is told to be; at its end all is well again."""

import asyncio
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from fakes_databases import leaf_pages, overwrite
from fakes_model import ScriptedEndpoint
from month_checks import Kept, audited, kept, noticed, rang, told
from month_house import BATTERY, LEAK, ROOM, SKYLIGHT, Outside, room_sensor
from month_people import Endpoint, People
from real_daemon import Daemon
from real_mosquitto import Mosquitto
from shifted_clock import ShiftedClock
from test_database_disk import fill

from assistant.vitals.notices import read_notices
from config.settings import MqttSettings
from sensors.broker import Broker

NIGHT_SECONDS = 86_400.0
DISK_BYTES = 256 << 20
SETTLE_SECONDS = 40.0
GROWTH_KB = 25_000
"""Resident memory that a process may gain after its first day; SQLite's caches fill for some days."""
_LOST_PAGES = 3
SETTINGS = {
    "ASSISTANT_MODEL__ENABLED": "true",
    "ASSISTANT_MODEL__NAME": "scripted",
    "ASSISTANT_MODEL__TURN_SECONDS": "3",
    "ASSISTANT_MODEL__CONNECT_SECONDS": "1",
    "ASSISTANT_MODEL__FIRST_TOKEN_SECONDS": "2",
    "ASSISTANT_MODEL__IDLE_SECONDS": "1",
    "ASSISTANT_GATE__RECEIPT_SECONDS": "2",
    "ASSISTANT_HOUSE__TIME_ZONE": "Europe/Berlin",
}


class Disk:
    """Where the records lie: a small one that can be filled; where none can be mounted, files may grow no more."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", str(folder)]
        tried = subprocess.run(mount, capture_output=True, check=False) if shutil.which("mount") else None
        self.mounted = tried is not None and tried.returncode == 0
        self.name = "a small tmpfs" if self.mounted else "RLIMIT_FSIZE, for no small disk can be mounted here"
        self._ballast: Path | None = None

    def full(self, process: int) -> None:
        if self.mounted:
            self._ballast = fill(self._folder)
            return
        resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def free(self, process: int) -> None:
        if self._ballast is not None:
            self._ballast.unlink()
            self._ballast = None
        if not self.mounted:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self._folder)], check=True)


@dataclass(slots=True)
class Tally:
    """What is known from outside about the month so far."""

    days: int = 0
    deaths: int = 0
    leaks: int = 0
    low_batteries: int = 0
    openings: int = 0
    excused: frozenset[tuple[str, int]] = frozenset()
    excused_most: int = 0
    damages: int = 0
    flooded: int = 0
    memory_kb: list[tuple[int, int]] = field(default_factory=list)
    """After each day: which process it was, and what it held."""
    faults: list[str] = field(default_factory=list)


class Month:
    """The daemon with everything around it."""

    def __init__(
        self, folder: Path, server: Mosquitto, clock: ShiftedClock, disk: Disk, outside: Outside,
        *, endpoint: Endpoint, settings: Mapping[str, str], chance: random.Random, day_seconds: float,
    ) -> None:  # fmt: skip
        self.outside, self.clock, self.disk, self.endpoint = outside, clock, disk, endpoint
        self.tally = Tally()
        self._folder = folder
        self._server = server
        self._settings = {**SETTINGS, **clock.environment, **settings}
        self._chance = chance
        self._seconds = day_seconds
        self._daemon: Daemon | None = None
        self._low = False
        self._cuts = 0
        """Moves before a kill and after it, so that whoever asks in between knows why there was no reply."""
        self.people = People(
            folder / "state" / "control.sock", outside, random.Random(chance.random()), deaths=lambda: self._cuts
        )
        self.kinds: Mapping[str, Callable[[], Awaitable[None]]] = {
            "nothing special": self._calm,
            "broker restarts": self._broker_restarts,
            "broker hangs": self._broker_hangs,
            "kill -9": self._killed,
            "disk full": self._disk_full,
            "clock jumps": self._clock_jumps,
            "endpoint ill": self._endpoint_ill,
            "flood": self._flood,
            "malformed messages": self.outside.talk_nonsense,
            "device renamed": self._renamed,
            "database damaged": self._damaged,
            "hostile console": self._hostile,
        }

    @property
    def daemon(self) -> Daemon:
        assert self._daemon is not None
        return self._daemon

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    async def start(self) -> None:
        (self._folder / "notify").unlink(missing_ok=True)
        self._daemon = Daemon(self._folder, self._server.port, **self._settings)
        said = await asyncio.to_thread(self._daemon.ready)
        if not said.startswith("READY=1"):
            self.tally.faults.append(f"the start said {said!r}")

    async def die(self) -> None:
        self.tally.deaths += 1
        self._cuts += 1
        await asyncio.to_thread(self.daemon.close)
        self._cuts += 1

    def close(self) -> None:
        if self._daemon is not None:
            self._daemon.close()

    async def day(self, kind: str) -> None:
        """One day: people and devices go on with theirs while it happens; all is settled and checked; the night."""
        ended = asyncio.Event()
        self.endpoint.mood = "mixed"
        self.people.short_timers = kind != "disk full"
        with_events = kind not in {"disk full", "clock jumps", "database damaged", "kill -9"}
        going = [self.people.live(ended, self._seconds / 10), self.outside.measure(ended), self._pass(0.9)]
        going += [self._events()] if with_events else []
        tasks = [asyncio.ensure_future(one) for one in going]
        await asyncio.sleep(0.1 * self._seconds)
        await self.kinds[kind]()
        await asyncio.gather(*tasks[2:])
        ended.set()
        await asyncio.gather(*tasks)
        await self._settle(kind)
        if self._low and kind != "device renamed":  # it was told in the morning
            await self.outside.say(BATTERY, b"80")
            self._low = False
        self.clock.sleep(NIGHT_SECONDS - self._seconds)
        self.tally.days += 1

    async def _pass(self, share: float) -> None:
        await asyncio.sleep(share * self._seconds)

    async def _events(self) -> None:
        """What people want to be told, and what the house tells by itself. Over is a danger only after the night."""
        await self.people.watch()
        await self._pass(0.4)
        self.tally.openings += 1
        await self.outside.say(SKYLIGHT, b"ON")
        if self.tally.days % 2 == 0:
            self.tally.leaks += 1
            await self.outside.say(LEAK, b"ON")
        await self._pass(0.25)
        await self.outside.say(LEAK, b"OFF")
        await self.outside.say(SKYLIGHT, b"OFF")

    # What happens.

    async def _calm(self) -> None:
        """Nothing."""

    async def _broker_restarts(self) -> None:
        for _ in range(3):
            await asyncio.to_thread(self._server.stop)
            await self._pass(self._chance.uniform(0.0, 0.05))
            await asyncio.to_thread(self._server.start)
            await self._pass(0.15)

    async def _broker_hangs(self) -> None:
        self._server.signal(signal.SIGSTOP)
        await self._pass(0.3)
        self._server.signal(signal.SIGCONT)

    async def _killed(self) -> None:
        ended = asyncio.Event()
        bustling = asyncio.ensure_future(self.people.live(ended, 0.02 * self._seconds))
        for _ in range(3):
            await self._pass(self._chance.uniform(0.05, 0.2))
            await self.die()
            await self.start()
        ended.set()
        await bustling

    async def _disk_full(self) -> None:
        await self._pass(0.2)
        await asyncio.to_thread(self.disk.full, self.daemon.process.pid)
        await self._pass(0.4)
        self.disk.free(self.daemon.process.pid)

    async def _clock_jumps(self) -> None:
        for seconds in (3600, -3600, -3, 3, -86_400, 86_400):
            self.clock.set(seconds)
            await self._pass(0.12)

    async def _endpoint_ill(self) -> None:
        self.endpoint.mood = "ill"
        await self._pass(0.7)

    async def _flood(self) -> None:
        self.tally.flooded += await self.outside.flood(0.3 * self._seconds)

    async def _renamed(self) -> None:
        for name in ("Bedroom thermometer", "Old sensor by the bed", "Bedroom sensor"):
            await self.outside.say(*room_sensor(name))
            await self._pass(0.15)
        if not self._low:
            self.tally.low_batteries += 1
        self._low = True
        await self.outside.say(BATTERY, b"5")

    async def _damaged(self) -> None:
        """Pages that hold readings are destroyed while the machine is off; they are met by the next reading there.

        All is closed and opened again then, so that nobody is asking just now.
        """
        await self._pass(0.2)
        async with self.people.alone:
            await self.die()
            self._destroy()
            await self.start()
            await self.outside.say(ROOM, b"22.5")
            await self.outside.say(BATTERY, b"5" if self._low else b"75")
            end = time.monotonic() + SETTLE_SECONDS
            while self._damages() == self.tally.damages and time.monotonic() < end:  # noqa: ASYNC110 - a log
                await asyncio.sleep(0.1)
            self.tally.damages += 1
            if self._damages() != self.tally.damages:
                self.tally.faults.append(f"of {self.tally.damages} damages {self._damages()} were mended")
            await asyncio.sleep(1.0)

    def _damages(self) -> int:
        return self.log.count("of readings was damaged")

    def _destroy(self) -> None:
        path = self._folder / "state" / "readings.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            rows = connection.execute("SELECT max(ncell) FROM dbstat WHERE name = 'numbers' AND pagetype = 'leaf'")
            self.tally.excused_most = _LOST_PAGES * int(rows.fetchone()[0] or 0)
        pages = leaf_pages(path, "numbers")
        overwrite(path, pages[1 - _LOST_PAGES :])

    async def _hostile(self) -> None:
        self.endpoint.mood = "hostile"
        ended = asyncio.Event()
        scheming = asyncio.ensure_future(self.people.scheme(ended))
        await self._pass(0.7)
        ended.set()
        await scheming

    # What must hold.

    async def _settle(self, kind: str) -> None:
        if (code := self.daemon.process.poll()) is not None:
            self.tally.faults.append(f"{kind}: the daemon has ended by itself with {code}")
            await self.start()
        destroyed = self.tally.excused_most if kind == "database damaged" else 0
        end = time.monotonic() + SETTLE_SECONDS
        while len(self.stands().lost) > destroyed and time.monotonic() < end:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.1)
        await asyncio.sleep(2.0 if destroyed else 0.0)
        lost = (stands := self.stands()).lost
        if len(lost) > destroyed:
            excuse = f", and {destroyed} lay in what was destroyed" if destroyed else ""
            self.tally.faults.append(
                f"{kind}: {len(lost)} of {stands.expected} readings are lost{excuse}: {_spans(lost)}"
            )
        self.tally.excused |= lost  # told once
        self.tally.memory_kb.append((self.daemon.process.pid, _resident_kb(self.daemon.process.pid)))

    def stands(self) -> Kept:
        readings = self._folder / "state" / "readings.sqlite3"
        return kept(readings, list(self.outside.confirmed), self.tally.excused)

    async def end(self) -> list[str]:
        """Stops the daemon in good order, and gives everything that was wrong."""
        tally, said, state = self.tally, self.people.said, self._folder / "state"
        await asyncio.sleep(8.0)  # what came due in the last night rings
        if standing := [one.kind for one in read_notices(state / "notices.json") if not one.kind.startswith("model")]:
            tally.faults.append(f"notices that never ended: {standing}")
        if (code := await asyncio.to_thread(self.daemon.stop)) != 0:
            tally.faults.append(f"the daemon ended with {code}")
        if "Traceback" in self.log:
            tally.faults.append("there is a traceback in the log")
        if (stands := self.stands()).lost or stands.twice:
            tally.faults.append(f"{len(stands.lost)} readings are lost, and {stands.twice} are in the store twice")
        found, more = told(state / "audit.sqlite3"), tally.deaths
        unwritten = sum(
            self.log.count(words) for words in ("The audit could not be written", "turn could not be taken")
        )
        tally.faults += audited(state / "audit.sqlite3", said, self.outside.sent, deaths=more, unwritten=unwritten)
        tally.faults += rang(found, said, deaths=more)
        tally.faults += noticed(found, "skylight", ["watch"], said.watches, more=more + said.perhaps_watches)
        tally.faults += noticed(found, "leak", ["danger"], tally.leaks, more=more)
        tally.faults += noticed(found, "leak", ["notice"], tally.leaks, more=more)
        tally.faults += noticed(found, "battery", ["notice"], tally.low_batteries, more=more)
        tally.faults += [f"process {one}: grew by {kb} kB" for one, kb in self.growth_kb() if kb > GROWTH_KB]
        return [*tally.faults, *said.faults, *self.outside.faults]

    def growth_kb(self) -> list[tuple[int, int]]:
        """Of each process: from the end of its first day to the end of its last."""
        held: dict[int, list[int]] = {}
        for process, kilobytes in self.tally.memory_kb:
            held.setdefault(process, []).append(kilobytes)
        return [(process, days[-1] - days[0]) for process, days in held.items()]


def _spans(lost: frozenset[tuple[str, int]]) -> str:
    """From which number to which each meter lacks some."""
    spans = []
    for meter in sorted({meter for meter, _ in lost}):
        numbers = [number for one, number in lost if one == meter]
        spans.append(f"{len(numbers)} of {meter} between {min(numbers)} and {max(numbers)}")
    return ", ".join(spans)


def _resident_kb(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@asynccontextmanager
async def a_month(
    folder: Path, mosquitto: str, compiler: str, *, seed: int, day_seconds: float
) -> AsyncIterator[Month]:
    """A house that stands, with its daemon started."""
    chance = random.Random(seed)
    server, clock, disk = Mosquitto(folder, mosquitto), ShiftedClock(folder, compiler), Disk(folder / "state")
    endpoint = Endpoint(random.Random(chance.random()))
    server.start()
    device = Broker(
        MqttSettings(port=server.port), client_id="devices", shortest_delay_seconds=0.02, longest_delay_seconds=0.2
    )
    try:
        async with ScriptedEndpoint(endpoint.reply) as model, device:
            await device.wait_connected(5)
            settings = {"ASSISTANT_MODEL__BASE_URL": model.base_url, "ASSISTANT_MODEL__API_KEY": "sk-scripted"}
            outside = Outside(device, random.Random(chance.random()))
            month = Month(
                folder, server, clock, disk, outside,
                endpoint=endpoint, settings=settings, chance=chance, day_seconds=day_seconds,
            )  # fmt: skip
            obeying = asyncio.ensure_future(outside.obey())
            try:
                await outside.announce()
                await month.start()
                await asyncio.sleep(1.0)  # what was announced is subscribed to
                yield month
            finally:
                month.close()
                obeying.cancel()
                await asyncio.gather(obeying, return_exceptions=True)
        await asyncio.sleep(0.1)  # whoever hung at the endpoint hangs up
    finally:
        server.stop()
        disk.close()
        clock.close()
