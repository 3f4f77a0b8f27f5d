"""Durable ingest against a bare subscriber: python benchmarks/ingest.py [--messages 40000] [--rounds 3] [--entities 2]

Mosquitto has queued everything beforehand; each side then drains it, alone with the broker, and only that is timed.
Both sides are processes of their own. 200 devices, two entities (or one) in each JSON message, described by Home
Assistant discovery. The bare side is paho with manual acknowledgement, which does nothing with a message but
acknowledge it; ours decodes it and has it on the disk before it acknowledges. Rates count where nothing else runs; the
processor's time for each message, of all threads from the first message on, counts on a busy machine, too.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from real_mosquitto import serving  # noqa: E402

from config.settings import MqttSettings  # noqa: E402
from sensors.broker import Broker  # noqa: E402
from sensors.clock import now_ms  # noqa: E402
from sensors.dialects.home_assistant import HomeAssistant  # noqa: E402
from sensors.ingest import Ingest  # noqa: E402
from sensors.message import Message  # noqa: E402
from sensors.periods import Span  # noqa: E402
from sensors.questions import Questions  # noqa: E402
from sensors.reading import SeriesKey  # noqa: E402
from sensors.store import StoreWriter  # noqa: E402

DEVICES = 200
WINDOW = 500
"""Messages in flight, for both sides."""
SIDES = ("bare", "ours", "asked")


def topics() -> list[str]:
    return [f"zigbee/{number}" for number in range(DEVICES)]


def configs(entities: int = 2) -> list[Message]:
    """One or two entities for each device, as discovery describes them."""
    found = []
    for number, topic in enumerate(topics()):
        for key, unit, device_class in (("t", "°C", "temperature"), ("h", "%", "humidity"))[:entities]:
            config = {
                "unique_id": f"{number}_{key}",
                "name": key,
                "state_topic": topic,
                "unit_of_measurement": unit,
                "device_class": device_class,
                "value_template": f"{{{{ value_json.{key} }}}}",
                "device": {"identifiers": [str(number)], "name": f"Device {number}"},
            }
            topic_of = f"homeassistant/sensor/{number}/{key}/config"
            found.append(Message(topic=topic_of, payload=json.dumps(config).encode(), retain=True, received_ms=2**41))
    return found


def client(name: str, **more: Any) -> paho.Client:
    made = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5, **more)
    made.max_inflight_messages_set(1000)
    return made


def connect(made: paho.Client, port: int) -> None:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.ReceiveMaximum = WINDOW
    properties.SessionExpiryInterval = 3600
    made.connect("127.0.0.1", port, 60, clean_start=False, properties=properties)


def leave_a_session(port: int, name: str) -> None:
    """A subscription that the broker keeps and queues for."""
    subscribed = threading.Event()
    made = client(name)
    made.on_connect = lambda *_: made.subscribe([(topic, 1) for topic in topics()][:100])
    made.on_subscribe = lambda *_: (
        subscribed.set() if made.user_data_get() else (made.user_data_set(True), made.subscribe(rest))
    )
    rest = [(topic, 1) for topic in topics()][100:]
    connect(made, port)
    made.loop_start()
    subscribed.wait(10)
    made.disconnect()
    made.loop_stop()


def publish(port: int, messages: int, qos: int) -> None:
    made = client("publisher")
    made.max_queued_messages_set(0)
    made.connect("127.0.0.1", port)
    made.loop_start()
    last = None
    for number in range(messages):
        payload = json.dumps({"t": 20 + number % 100 / 10, "h": 40 + number % 37, "linkquality": 120, "n": number})
        last = made.publish(f"zigbee/{number % DEVICES}", payload, qos=qos)
        if number % 10_000 == 9_999:
            last.wait_for_publish(120)  # paho queues no more than there are packet identifiers
    if last is not None:
        last.wait_for_publish(120)
    made.disconnect()
    made.loop_stop()


def drain_bare(port: int, messages: int) -> tuple[float, float]:
    """Seconds from the first to the last message, and of processor time."""
    times: list[tuple[float, float]] = []
    made = client("bare", manual_ack=True)
    ended = threading.Event()

    def on_message(_: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        times.append((time.perf_counter(), 0.0 if 1 < len(times) < messages - 1 else time.process_time()))
        if message.qos:
            made.ack(message.mid, message.qos)
        if len(times) == messages:
            ended.set()

    made.on_message = on_message
    connect(made, port)
    made.loop_start()
    ended.wait(300)
    made.disconnect()
    made.loop_stop()
    return times[-1][0] - times[0][0], times[-1][1] - times[0][1]


async def drain_ours(
    port: int, messages: int, path: Path, *, entities: int = 2, asked: bool = False
) -> tuple[float, float, int]:
    """Seconds from the first message to the commit that holds the last, of which on the processor, and how many QoS 0
    messages were dropped."""
    settings = MqttSettings(port=port, client_id="asked" if asked else "ours", receive_maximum=WINDOW)
    async with StoreWriter(path) as store, Questions(path) as questions:
        dialect = HomeAssistant()
        await store.write([decoded for one in configs(entities) if (decoded := dialect.decode(one)) is not None])
        async with Broker(settings) as broker:
            ingest = Ingest(broker, store, [HomeAssistant()])
            tasks = [asyncio.ensure_future(ingest.run())]
            if asked:
                tasks.append(asyncio.ensure_future(ask(questions)))
            while ingest.counts["messages"] == 0:  # noqa: ASYNC110 - a counter is no event
                await asyncio.sleep(0)
            began, worked = time.perf_counter(), time.process_time()
            while ingest.counts["messages"] + broker.dropped < messages:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            while ingest.counts["readings"] < entities * ingest.counts["messages"]:  # noqa: ASYNC110 - the last commit
                await asyncio.sleep(0.001)
            elapsed, worked = time.perf_counter() - began, time.process_time() - worked
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return elapsed, worked, broker.dropped


async def ask(questions: Questions) -> None:
    """One question after the other, as a busy household would not."""
    number = 0
    while True:
        key = SeriesKey(entity_id=f"sensor.{number % DEVICES}_t")
        end_ms = now_ms()
        await questions.latest([key])
        await questions.aggregate(key, Span(start_ms=end_ms - 86_400_000, end_ms=end_ms))
        number += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    per_second: float
    """Messages that were taken."""
    processor_us: float
    """For each of them."""
    dropped: int


def measure(side: str, messages: int, qos: int, entities: int) -> Drained:
    with serving("max_inflight_messages 1000", "max_queued_bytes 0", "queue_qos0_messages true") as server:
        leave_a_session(server.port, side)
        publish(server.port, messages, qos)
        command = [sys.executable, __file__, "--side", side, "--port", str(server.port), "--folder", str(server.folder)]
        command += ["--messages", str(messages), "--entities", str(entities)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        seconds, worked, dropped = (float(word) for word in done.stdout.split())
        taken = messages - int(dropped)
        return Drained(per_second=taken / seconds, processor_us=worked / taken * 1_000_000, dropped=int(dropped))


def drain(side: str, port: int, messages: int, entities: int, folder: Path) -> None:
    if side == "bare":
        seconds, worked = drain_bare(port, messages)
        sys.stdout.write(f"{seconds} {worked} 0\n")
        return
    path = folder / "readings.sqlite3"
    seconds, worked, dropped = asyncio.run(drain_ours(port, messages, path, entities=entities, asked=side == "asked"))
    sys.stdout.write(f"{seconds} {worked} {dropped}\n")


def compare(messages: int, rounds: int, entities: int) -> Table:
    table = Table("QoS", "side", "messages/s", "to bare (median)", "ratios", "CPU µs", "dropped")
    names = {"bare": "bare paho", "ours": "durable ingest", "asked": "durable ingest while questions are asked"}
    for qos in (1, 0):
        found: dict[str, list[Drained]] = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side in SIDES:
                found[side].append(measure(side, messages, qos, entities))
        for side, name in names.items():
            ratios = [mine.per_second / bare.per_second for mine, bare in zip(found[side], found["bare"], strict=True)]
            table.add_row(
                str(qos),
                name,
                f"{statistics.median(one.per_second for one in found[side]):,.0f}",
                f"{statistics.median(ratios):.2f}",
                " ".join(f"{ratio:.2f}" for ratio in ratios),
                f"{statistics.median(one.processor_us for one in found[side]):.0f}",
                f"{sum(one.dropped for one in found[side]):,}",
            )
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entities", type=int, choices=(1, 2), default=2, help="in each message")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side is not None:
        drain(asked.side, asked.port, asked.messages, asked.entities, asked.folder)
        return 0
    Console().print(compare(asked.messages, asked.rounds, asked.entities))
    return 0


if __name__ == "__main__":
    sys.exit(main())
