"""What a flood costs in memory: python benchmarks/flood.py [--qos0 1000000] [--qos1 200000]

A real Mosquitto, a publisher that sends as fast as it can, and ingest in a process of its own, whose resident memory is
watched. What of QoS 0 finds no room is dropped and counted; of QoS 1 nothing is.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from pathlib import Path

from paho.mqtt import client as paho
from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests")]

from ingest import DEVICES, client, configs  # noqa: E402
from real_mosquitto import serving  # noqa: E402

from config.settings import MqttSettings  # noqa: E402
from sensors.broker import Broker  # noqa: E402
from sensors.client import LARGEST_PACKET  # noqa: E402
from sensors.dialects.home_assistant import HomeAssistant  # noqa: E402
from sensors.ingest import Ingest  # noqa: E402
from sensors.store import StoreWriter  # noqa: E402

QUIET_SECONDS = 3.0
"""When nothing has come for so long the flood is over."""

PAYLOAD = b'{"t": 21.5, "h": 47, "linkquality": 120, "battery": 88, "voltage": 3000, "last_seen": 1795248000}'


def publish(port: int, messages: int, qos: int) -> None:
    made = client("flood")
    made.max_queued_messages_set(0)
    made.connect("127.0.0.1", port)
    made.loop_start()
    last: paho.MQTTMessageInfo | None = None
    for number in range(messages):
        last = made.publish(f"zigbee/{number % DEVICES}", PAYLOAD, qos=qos)
        if number % 10_000 == 9_999:
            last.wait_for_publish(120)
    if last is not None:
        last.wait_for_publish(120)
    made.disconnect()
    made.loop_stop()


async def ingest_until_quiet(port: int, path: Path) -> str:
    """Messages taken, messages dropped, and by how many kilobytes the process grew at most."""
    async with StoreWriter(path) as store:
        dialect = HomeAssistant()
        await store.write([decoded for one in configs() if (decoded := dialect.decode(one)) is not None])
        async with Broker(MqttSettings(port=port, client_id="flooded")) as broker:
            ingest = Ingest(broker, store, [HomeAssistant()])
            task = asyncio.ensure_future(ingest.run())
            await broker.wait_connected(5)
            await asyncio.sleep(0.5)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            seen, since = -1, time.monotonic()
            while seen <= 0 or time.monotonic() - since < QUIET_SECONDS:
                await asyncio.sleep(0.1)
                now = ingest.counts["messages"] + broker.dropped
                seen, since = (now, time.monotonic()) if now != seen else (seen, since)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            return f"{ingest.counts['messages']} {broker.dropped} {grown}"


def measure(messages: int, qos: int) -> list[str]:
    with serving("max_inflight_messages 1000", "max_queued_bytes 0") as server:
        command = [sys.executable, __file__, "--port", str(server.port), "--folder", str(server.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            began = time.monotonic()
            publish(server.port, messages, qos)
            published = time.monotonic() - began
            taken, dropped, grown = map(int, process.stdout.readline().split())
    lost = messages - taken - dropped
    return [
        f"{messages:,} of QoS {qos}",
        f"{messages / published:,.0f}",
        f"{taken:,}",
        f"{dropped:,}",
        f"{lost:,}",
        f"{grown / 1024:.0f} MiB",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--qos0", type=int, default=1_000_000)
    parser.add_argument("--qos1", type=int, default=200_000)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.port is not None:
        sys.stdout.write(asyncio.run(ingest_until_quiet(asked.port, asked.folder / "readings.sqlite3")) + "\n")
        return 0
    table = Table("flood", "published/s", "stored", "dropped and counted", "dropped by the broker", "memory grew by")
    for messages, qos in ((asked.qos0, 0), (asked.qos1, 1)):
        table.add_row(*measure(messages, qos))
    Console().print(table)
    bound = MqttSettings().receive_maximum * LARGEST_PACKET // 1_000_000
    Console().print(
        f"The bound: 16 MB of QoS 0 and {bound - 16} MB of QoS 1 payloads, if every one were of the largest."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
