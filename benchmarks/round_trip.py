"""From a command to the lamp's own word that it is on, through a real Mosquitto: python benchmarks/round_trip.py

Both ends are connections of ours over loopback, the lamp answers at once; what is left is what brokers, kernels and our
threads take for it. A person waits for that between "yes" and "done".
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from real_mosquitto import Mosquitto, mosquitto_program  # noqa: E402

from config.settings import MqttSettings  # noqa: E402
from sensors.broker import Broker  # noqa: E402
from sensors.message import Message  # noqa: E402

ROUNDS = 200


async def heard(broker: Broker) -> AsyncIterator[Message]:
    async for batch in broker.batches():
        broker.acknowledge(batch)
        for message in batch:
            yield message


async def lamp(broker: Broker, qos: int) -> None:
    async for message in heard(broker):
        await broker.publish("lamp/state", message.payload, qos=qos)


async def measure(port: int, qos: int) -> tuple[list[float], list[float]]:
    """Milliseconds until the broker had confirmed the command, and until the lamp's answer was here."""
    confirmed, answered = [], []
    async with AsyncExitStack() as stack:
        both = [MqttSettings(port=port, client_id=f"{name}{qos}") for name in ("house", "lamp")]
        house, device = [await stack.enter_async_context(Broker(one, persistent=False)) for one in both]
        for end, topic in ((house, "lamp/state"), (device, "lamp/set")):
            await end.wait_connected(5)
            end.subscribe([topic])
        await asyncio.sleep(0.5)
        answering = asyncio.create_task(lamp(device, qos))
        states = heard(house)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await house.publish("lamp/set", b"ON")
            confirmed.append((time.perf_counter() - began) * 1000)
            await anext(states)
            answered.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.01)
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
    return confirmed, answered


def main() -> int:
    program = mosquitto_program()
    if program is None:
        sys.stderr.write("mosquitto is not installed: sudo apt install mosquitto\n")
        return 2
    table = Table("the lamp answers with", "command confirmed, ms p50", "p99", "lamp's word is here, ms p50", "p99")
    with tempfile.TemporaryDirectory() as folder:
        server = Mosquitto(Path(folder), program)
        server.start()
        try:
            for qos in (0, 1):
                cuts = [statistics.quantiles(took, n=100) for took in asyncio.run(measure(server.port, qos))]
                table.add_row(f"QoS {qos}", *(f"{cut[at]:.1f}" for cut in cuts for at in (49, 98)))
        finally:
            server.stop()
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
