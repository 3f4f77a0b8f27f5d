"""Which sound devices there are, how the settings name them, and what keeps a user from them."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes_voice import FakePortAudio, FakePortAudioError
from hypothesis import given
from hypothesis import strategies as st

from assistant.voice.access import Program, advice, holders, obstacles
from assistant.voice.cards import cards_of, setting_of
from assistant.voice.portaudio import numbered


def device(name: str, inputs: int = 1, outputs: int = 0, rate: int = 48_000) -> dict[str, Any]:
    return {
        "name": name,
        "hostapi": 0,
        "max_input_channels": inputs,
        "max_output_channels": outputs,
        "default_samplerate": float(rate),
    }


class Machine(FakePortAudio):
    """One with several cards; `refuses` are those that cannot be opened."""

    def __init__(self, devices: Sequence[dict[str, Any]], *, default: int = 0, refuses: Sequence[int] = ()) -> None:
        super().__init__()
        self._devices = [{**one, "index": number} for number, one in enumerate(devices)]
        self._default = default
        self._refuses = refuses

    def query_devices(self, device: str | int | None = None, kind: str | None = None) -> Any:
        if device is None and kind is None:
            return self._devices
        number = self._default if device is None else int(device)
        if not self._devices or self._devices[number][f"max_{kind}_channels"] < 1:
            raise FakePortAudioError("Error querying device -1")
        return self._devices[number]

    def query_hostapis(self, index: int) -> Any:
        return {"name": "ALSA"}

    def _check_side(self, options: dict[str, Any]) -> None:
        if options["device"] in self._refuses:
            raise FakePortAudioError("Error opening: Device unavailable [PaErrorCode -9985]")
        if options["samplerate"] != self._devices[options["device"]]["default_samplerate"]:
            raise FakePortAudioError("Invalid sample rate [PaErrorCode -9997]")

    def check_input_settings(self, **options: Any) -> None:
        self._check_side(options)

    def check_output_settings(self, **options: Any) -> None:
        self._check_side(options)


HDMI = device("vc4-hdmi-0: MAI PCM i2s-hifi-0 (hw:0,0)", 0, 2)
USB = device("USB PnP Sound Device: Audio (hw:1,0)", 1, 2)
OTHER_USB = device("USB PnP Sound Device: Audio (hw:2,0)", 1, 0, 44_100)


def test_each_device_is_shown_with_what_it_can_do_and_which_two_are_used() -> None:
    cards = cards_of(Machine([HDMI, USB], default=1), input_device=None, output_device="hdmi")
    hdmi, usb = cards.all
    assert (cards.microphone.number, cards.speaker.number) == (1, 0)
    assert hdmi.microphone is None and usb.microphone is not None and usb.speaker is not None
    assert (usb.microphone.rates, usb.speaker.channels, usb.host_api) == ((48_000,), 2, "ALSA")


def test_one_that_is_in_use_is_shown_as_such() -> None:
    cards = cards_of(Machine([USB], refuses=[0]), input_device=None, output_device=None)
    side = cards.all[0].microphone
    assert side is not None and not side.rates and "Device unavailable" in side.refusal


def test_where_the_wanted_one_is_missing_that_is_said_and_what_there_is() -> None:
    cards = cards_of(Machine([USB]), input_device="Jabra", output_device=None)
    assert cards.microphone.number is None
    assert "no microphone called 'Jabra'" in cards.microphone.problem and "USB PnP" in cards.microphone.problem
    nothing = cards_of(Machine([]), input_device=None, output_device=None)
    assert nothing.all == () and nothing.speaker.problem.startswith("There is no speaker (")


def test_the_setting_names_a_device_so_that_it_is_found_after_it_was_plugged_in_elsewhere() -> None:
    assert setting_of(1, [HDMI, USB], "input") == 'input_device = "USB PnP Sound Device: Audio"'
    assert setting_of(0, [HDMI, USB], "output") == 'output_device = "vc4-hdmi-0: MAI PCM i2s-hifi-0"'
    assert setting_of(1, [USB, OTHER_USB], "input") == 'input_device = "USB PnP Sound Device: Audio (hw:2,0)"'
    assert setting_of(1, [device("same"), device("same")], "input") == "input_device = 1"
    assert setting_of(0, [device('a "b" ü')], "input") == 'input_device = "a \\"b\\" ü"'


@given(st.lists(st.text("ab (hw:0,1)", max_size=12), min_size=1, max_size=4), st.data())
def test_whatever_devices_are_called_the_setting_leads_back_to_the_device(
    names: list[str], data: st.DataObject
) -> None:
    import tomllib

    known = [device(name) for name in names]
    number = data.draw(st.integers(0, len(names) - 1))
    wanted = tomllib.loads(setting_of(number, known, "input"))["input_device"]
    assert (numbered(wanted, known, "input") if isinstance(wanted, str) else wanted) == number


def test_a_card_that_this_user_may_not_open_is_named_with_the_group(tmp_path: Path) -> None:
    (tmp_path / "pcmC0D0c").touch()
    said = obstacles(tmp_path, servers=tmp_path / "none", may=lambda _node: False, environment={})
    assert len(said) == 1 and "usermod -aG audio" in said[0] and "SupplementaryGroups=audio" in said[0]
    assert obstacles(tmp_path, servers=tmp_path / "none", may=lambda _node: True, environment={}) == ()


def test_a_machine_without_any_sound_is_told_so(tmp_path: Path) -> None:
    said = obstacles(tmp_path / "snd", servers=tmp_path / "user", environment={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert said == ("This machine has no sound card and no sound server: plug one in; `arecord -l` lists them.",)


@pytest.fixture
def short_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Sockets are bound by short names from within."""
    monkeypatch.chdir(tmp_path)
    return Path(".")


def test_a_sound_server_that_does_not_answer_and_one_of_another_user_are_told_apart(short_folder: Path) -> None:
    pulse = short_folder / "1000" / "pulse"
    pulse.mkdir(parents=True)
    surroundings = {"nodes": short_folder / "snd", "servers": short_folder}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(pulse / "native"))
        server.listen()
        assert "runs for user number 1000" in obstacles(**surroundings, environment={})[0]
        own = {"XDG_RUNTIME_DIR": str(short_folder / "1000")}
        assert obstacles(**surroundings, environment=own) == ()
    for gone in (own, {"PULSE_SERVER": f"unix:{pulse / 'native'}"}):
        assert "No sound server answers at 1000/pulse/native" in obstacles(**surroundings, environment=gone)[0]


def test_the_program_that_holds_a_card_is_named(tmp_path: Path) -> None:
    node = tmp_path / "pcmC1D0c"
    node.touch()
    program = f"import sys; file = open({str(node)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"open\n"
        found = holders(tmp_path)
        process.communicate()
    assert [one.process for one in found] == [process.pid] and found[0].name.startswith("python")
    assert holders(tmp_path) == () and os.getpid() not in {one.process for one in found}


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        ("Error opening RawInputStream: Device unavailable [PaErrorCode -9985]", "Another program uses it"),
        ("Invalid sample rate [PaErrorCode -9997]", 'take the device called "default"'),
        ("Invalid number of channels [PaErrorCode -9998]", "not that many channels"),
        ("Internal PortAudio error [PaErrorCode -9986]", ""),
    ],
)
def test_what_portaudio_says_becomes_what_to_do(refusal: str, says: str) -> None:
    assert says in advice(refusal)
    by = advice(refusal, (Program(name="arecord", process=7),))
    assert ("arecord (process 7)" in by) == ("unavailable" in refusal)
