"""A process that ingests until it is killed: `python ingesting_process.py PORT DATABASE`."""

import asyncio
import sys
from pathlib import Path

from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.dialects.home_assistant import HomeAssistant
from sensors.ingest import Ingest
from sensors.store import StoreWriter


async def main(port: int, path: Path) -> None:
    settings = MqttSettings(port=port, client_id="ingesting", receive_maximum=100)
    async with StoreWriter(path) as store, Broker(settings, shortest_delay_seconds=0.02) as broker:
        await Ingest(broker, store, [HomeAssistant()]).run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
