"""The daemon on a real sound server: spoken to through its microphone, and heard from its loudspeaker."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from fakes_sound_server import RATE, SoundServer, require_sound_server
from real_daemon import running
from real_mosquitto import Mosquitto
from real_peer import Peer, obeying, publish
from test_voice_engines import transcribed

from assistant.voice import pcm
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.frames import speech
from assistant.voice.pronounce import arpabet

PERSON = "en-us+m3"
ANSWERS = """#JSGF V1.0;
grammar answers;
public <answer> = the temperature in the <room> is <number> point <digit> degrees
  | shall i turn (on | off) the <room> light it is (on | off) now | the <room> light is now (on | off)
  | okay not done | sorry i did not catch that;
<room> = bedroom | kitchen | living room | bathroom;
<digit> = zero | one | two | three | four | five | six | seven | eight | nine;
<number> = nineteen | twenty [<digit>] | thirty [<digit>];
"""
QUIET_SECONDS = 0.8
"""After so much silence it has said everything; between two of its sentences there is less."""
SIGN_SECONDS = 0.4
"""A tone that tells that it listens is shorter, an answer longer."""
PATIENCE_SECONDS = 40.0
ATTEMPTS = 2
LIGHT, SENSOR = "home/bedroom_light", "home/bedroom"


def announce(port: int) -> None:
    def config(component: str, name: str, **more: Any) -> None:
        device = {"identifiers": [name], "name": name, "suggested_area": "Bedroom"}
        text = json.dumps({"unique_id": name, "name": None, "device": device, **more})
        publish(port, f"homeassistant/{component}/{name.replace(' ', '_')}/config", text)

    config("light", "Bedroom light", state_topic=LIGHT, command_topic=f"{LIGHT}/set")
    config("sensor", "Bedroom sensor", state_topic=SENSOR, device_class="temperature", unit_of_measurement="°C")
    publish(port, LIGHT, "OFF")
    publish(port, SENSOR, "21.5")


class Visitor:
    """Speaks into the microphone, and understands what comes from the loudspeaker."""

    def __init__(self, server: SoundServer) -> None:
        self._server = server
        words = EspeakVoice("en-us")
        self._ear = SphinxTranscriber(lambda word: arpabet(words.phonemes(word)))

    def call(self, request: str, *, until: str) -> str:
        """The wake word, then this; what was answered. Said again where that was not it, as a person would."""
        wake = speech("okay nabu.", voice=PERSON, before_seconds=0.2, after_seconds=0.1)
        said = wake + speech(request, voice=PERSON, before_seconds=0.0, after_seconds=0.1)
        for _ in range(ATTEMPTS):
            answer = self._say(said)
            if answer == until:
                break
        return answer

    def answer(self, word: str) -> str:
        return self._say(speech(word, voice=PERSON, before_seconds=0.0, after_seconds=0.1))

    def _say(self, sound: bytes) -> str:
        with self._server.recording() as heard:
            self._server.say_pcm(sound)
            end = time.monotonic() + PATIENCE_SECONDS
            while not (answer := spoken(heard.pcm)):
                assert time.monotonic() < end, f"no answer, or no end of it; the sound server: {self._server.log}"
                time.sleep(0.1)
        return transcribed(self._ear, answer, ANSWERS).text


def spoken(recorded: bytes) -> bytes:
    """The first of what is not silent in it that is longer than a sign of the ear, once silence has followed."""
    samples = np.abs(np.frombuffer(recorded, dtype="<i2").astype(np.int32))
    loud = np.flatnonzero(samples > 300)
    for piece in np.split(loud, np.flatnonzero(np.diff(loud) >= QUIET_SECONDS * RATE) + 1):
        if piece.size and piece[-1] - piece[0] > SIGN_SECONDS * RATE:
            over = samples.size - piece[-1] >= QUIET_SECONDS * RATE
            sound = recorded[2 * piece[0] : 2 * piece[-1]]
            return pcm.silence(0.3) + sound + pcm.silence(0.3) if over else b""
    return b""


def test_a_spoken_question_is_answered_aloud_and_a_spoken_order_is_done_after_a_spoken_yes(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    require_sound_server()
    announce(mosquitto.port)
    with (
        SoundServer() as server,
        obeying(mosquitto.port, LIGHT) as light,
        Peer("").connected(mosquitto.port) as passer_by,
    ):
        passer_by.subscribe("#")
        settings = server.environment | {"ASSISTANT_VOICE__ENABLED": "true", "ASSISTANT_VOICE__SPEECH_RATE_WPM": "220"}
        settings |= {"ASSISTANT_VOICE__SPOKEN_MQTT": "text", "ASSISTANT_VOICE__SPOKEN_FOLDER": str(tmp_path / "spoken")}
        with running(tmp_path, mosquitto.port, **settings) as daemon:
            visitor = Visitor(server)
            temperature = "the temperature in the bedroom is twenty one point five degrees"
            assert visitor.call("what is the temperature in the bedroom", until=temperature) == temperature
            question = "shall i turn on the bedroom light it is off now"
            assert visitor.call("turn on the bedroom light", until=question) == question
            assert light.told == [], "it asks first"
            assert visitor.answer("yes") == "the bedroom light is now on"
            assert light.told == [b"ON"]
            assert daemon.stop() == 0
            assert "Traceback" not in daemon.log.read_text()
    seen = [(topic, text.decode()) for topic, text, kept in passer_by.heard if not kept]
    assert list(dict.fromkeys(text for topic, text in seen if topic == "assistant/here/spoken")) == [
        "The temperature in the bedroom is 21.5 degrees.",
        "Shall I turn on the bedroom light? It is off now.",
        "The bedroom light is now on.",
    ]
    # Beside that it has published the one order that it was allowed.
    assert {topic for topic, _ in seen} == {"assistant/here/spoken", LIGHT, f"{LIGHT}/set"}
    assert len(list((tmp_path / "spoken").glob("*.wav"))) >= 3
