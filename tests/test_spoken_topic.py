"""What is spoken also goes into files and to MQTT, on a topic from which no device takes orders."""

import asyncio
import io
import re
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_tools import ENTITIES, small_house
from hypothesis import given
from hypothesis import strategies as st
from real_mosquitto import Mosquitto, free_port

from assistant.ports import Sound
from assistant.voice.relay import RelayedVoice, SpokenAloud, Unheard, WavFolder, open_outlets, wav_of
from config.settings import MqttSettings, Settings, VoiceSettings
from sensors.broker import Broker
from sensors.message import Message
from sensors.reading import Entity
from sensors.spoken_topic import SpokenTopic, spoken_topic

BEEP = Sound(pcm=b"\1\0" * 1600, sample_rate=16_000)


class Beeping:
    """A voice of one sound for each word."""

    def synthesize(self, text: str) -> Iterator[Sound]:
        yield from (BEEP for _ in text.split())


@given(st.text(max_size=40))
def test_whatever_a_satellite_is_called_its_topic_is_one_plain_level_between_two_fixed_words(name: str) -> None:
    assert re.fullmatch(r"assistant/[A-Za-z0-9_-]+/spoken", spoken_topic(name))


@asynccontextmanager
async def listener(port: int) -> AsyncIterator["asyncio.Queue[Message]"]:
    """Everything that anybody publishes."""
    got: asyncio.Queue[Message] = asyncio.Queue()

    async def listen(broker: Broker) -> None:
        async for batch in broker.batches():
            for message in batch:
                got.put_nowait(message)
            broker.acknowledge(batch)

    async with Broker(MqttSettings(port=port), client_id="listener", persistent=False) as broker:
        broker.subscribe(["#"])
        await broker.wait_connected(5)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(listen(broker))
            yield got
            task.cancel()


def settings_of(port: int, **output: object) -> Settings:
    settings = Settings(mqtt=MqttSettings(port=port))
    return settings.model_copy(update={"voice": VoiceSettings.model_validate(output)})


@asynccontextmanager
async def spoken_aloud(
    folder: Path, settings: Settings, entities: tuple[Entity, ...] = ENTITIES
) -> AsyncIterator[RelayedVoice]:
    async with small_house(folder, entities) as house, open_outlets(settings, house.questions) as outlets:
        assert outlets.aloud is not None
        async with asyncio.TaskGroup() as group:
            task = group.create_task(outlets.aloud.run())
            yield RelayedVoice(Beeping(), outlets.sinks)
            task.cancel()


async def test_what_is_said_and_its_sound_are_published_on_its_own_topics_and_nowhere_else(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    settings = settings_of(mosquitto.port, spoken_mqtt="sound")
    async with listener(mosquitto.port) as got, spoken_aloud(tmp_path, settings) as voice:
        sounds = await asyncio.to_thread(lambda: list(voice.synthesize("Grüße, 21 °C.")))
        async with asyncio.timeout(10):
            text, sound = await got.get(), await got.get()
        await asyncio.sleep(0.1)
        assert got.empty()
    assert (text.topic, text.payload.decode(), text.retain) == ("assistant/here/spoken", "Grüße, 21 °C.", False)
    assert (sound.topic, sound.retain) == ("assistant/here/spoken/wav", False)
    with wave.open(io.BytesIO(sound.payload)) as file:
        assert file.getnframes() == len(sounds) * 1600


async def test_where_a_device_takes_orders_on_that_topic_nothing_is_published(
    tmp_path: Path, mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    lamp = next(one for one in ENTITIES if one.commands)
    odd = replace(lamp, commands=(replace(lamp.commands[0], topic="assistant/here/spoken"),))
    settings = settings_of(mosquitto.port, spoken_mqtt="text")
    async with listener(mosquitto.port) as got, spoken_aloud(tmp_path, settings, (odd,)) as voice:
        for _ in range(2):
            await asyncio.to_thread(lambda: list(voice.synthesize("ON")))
        await asyncio.sleep(0.3)
        assert got.empty()
    assert [record.message for record in caplog.records if "takes orders" in record.message] == [
        "what is spoken is not published for now: Bedroom light takes orders on assistant/here/spoken; "
        "call voice.satellite something else"
    ]


async def test_without_a_broker_it_is_said_once_in_the_log_and_nothing_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = MqttSettings(port=free_port())
    async with (
        small_house(tmp_path) as house,
        SpokenTopic(nobody, "here", house.questions, connect_seconds=0.1) as topic,
    ):
        await topic.tell("hello")
        await topic.tell("again")
    assert len([record for record in caplog.records if "not published" in record.message]) == 1


async def test_a_broker_that_is_slow_never_holds_up_the_voice(tmp_path: Path) -> None:
    nobody = MqttSettings(port=free_port())
    async with small_house(tmp_path) as house, SpokenTopic(nobody, "here", house.questions) as topic:
        aloud = SpokenAloud(topic, with_sound=True)
        voice = RelayedVoice(Beeping(), [aloud])
        for _ in range(1000):
            list(voice.synthesize("hello"))
        assert len(aloud._waiting) == 20


async def test_nothing_is_opened_that_nobody_asked_for(tmp_path: Path) -> None:
    async with small_house(tmp_path) as house:
        async with open_outlets(Settings(), house.questions) as outlets:
            assert outlets.sinks == () and outlets.aloud is None
        off = Settings(mqtt=MqttSettings(enabled=False))
        voice = VoiceSettings(spoken_mqtt="text", spoken_folder=tmp_path / "spoken")
        async with open_outlets(off.model_copy(update={"voice": voice}), house.questions) as outlets:
            assert len(outlets.sinks) == 1 and outlets.aloud is None


def test_each_answer_is_a_file_and_the_newest_stay(tmp_path: Path) -> None:
    voice = RelayedVoice(Beeping(), [WavFolder(tmp_path / "spoken", keep=2)])
    for text in ("one", "one two", "one two three"):
        list(voice.synthesize(text))
    assert list(voice.synthesize("")) == []
    files = sorted((tmp_path / "spoken").iterdir())
    assert [file.read_bytes() for file in files] == [wav_of([BEEP] * 2), wav_of([BEEP] * 3)]


def test_what_was_stopped_is_kept_as_far_as_it_went(tmp_path: Path) -> None:
    sounds = RelayedVoice(Beeping(), [WavFolder(tmp_path, keep=5)]).synthesize("one two three")
    next(sounds)
    sounds.close()  # type: ignore[attr-defined]
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == wav_of([BEEP])


def test_a_folder_that_cannot_be_written_is_named_once_and_the_voice_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    voice = RelayedVoice(Beeping(), [WavFolder(tmp_path / "file" / "spoken", keep=2)])
    assert [len(list(voice.synthesize("one two"))) for _ in range(2)] == [2, 2]
    assert len([record for record in caplog.records if "cannot be kept" in record.message]) == 1


async def test_a_speaker_that_nobody_hears_takes_its_time_and_can_be_stopped() -> None:
    speaker, loop = Unheard(), asyncio.get_running_loop()
    started = loop.time()
    await speaker.play(BEEP)
    assert loop.time() - started >= 0.095
    long = Sound(pcm=BEEP.pcm * 600, sample_rate=16_000)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        playing = group.create_task(speaker.play(long))
        await asyncio.sleep(0.01)
        await speaker.stop()
        await playing
