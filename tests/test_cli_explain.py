"""`assistant explain-mqtt`: what recorded messages say, told line by line, with nothing but the file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli.explain import NoCapture, explain_mqtt
from assistant.cli.screen import harmless
from sensors.capture import BadLine, line_of, message_of
from sensors.message import Message
from sensors.units import convert, parse_unit

CONFIG = {
    "name": "Temperature",
    "unique_id": "k1",
    "state_topic": "z/kitchen",
    "value_template": "{{ value_json.t }}",
    "unit_of_measurement": "°C",
    "device_class": "temperature",
    "device": {"name": "Kitchen sensor", "suggested_area": "Kitchen"},
    "availability_topic": "z/kitchen/availability",
}
TOPIC = "homeassistant/sensor/k1/config"


def capture(folder: Path, *lines: object) -> Path:
    path = folder / "capture.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def explained(file: Path, config: Path | None = None) -> tuple[int, list[dict[str, Any]]]:
    """Exit code, and what `--json` prints."""
    arguments = [sys.executable, "-m", "assistant", "explain-mqtt", "--json", str(file)]
    arguments += ["--config", str(config)] if config else []
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def printed(file: Path, capsys: pytest.CaptureFixture[str], *, only_refused: bool = False) -> tuple[int, str]:
    code = explain_mqtt(file, as_json=False, only_refused=only_refused, config=None)
    return code, capsys.readouterr().out


def test_a_person_reads_what_each_message_defined_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = capture(
        tmp_path,
        {"topic": TOPIC, "payload": CONFIG, "retain": True},
        {"topic": "z/kitchen", "payload": '{"t": 21.4}'},
        {"topic": "z/kitchen/availability", "payload": "offline"},
        {"topic": "elsewhere", "payload": "1"},
        {"topic": "homeassistant/sensor/k2/config", "payload": "{"},
        {"topic": "z/kitchen", "payload": '{"t": "warm"}'},
        {"topic": TOPIC, "payload": ""},
    )
    code, text = printed(file, capsys)
    lines = [line.strip() for line in text.splitlines()]
    assert code == 1
    assert lines[0].startswith(f"1  {TOPIC} (retained)")
    assert (
        'defines sensor.k1: "Kitchen sensor Temperature", device "Kitchen sensor", room "Kitchen";'
        " reports temperature in °C" in lines
    )
    assert "sensor.k1 = 21.4 °C" in lines
    assert "sensor.k1 cannot be reached" in lines
    assert "nobody: no device that is known so far uses this topic" in lines
    assert any(line.startswith("refused, not_json: ") for line in lines)
    assert "refused, not_a_number: sensor.k1: 'warm' is not a number" in lines
    assert "removes sensor.k1; its readings stay" in lines
    totals = [" ".join(line.split()) for line in lines[lines.index("Totals") + 1 :]]
    assert totals == [
        "7 messages",
        "6 taken by home_assistant",
        "1 taken by nobody",
        "0 entities",
        "1 readings",
        "1 refused, not_a_number",
        "1 refused, not_json",
    ]


def test_only_what_was_refused_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = capture(tmp_path, {"topic": TOPIC, "payload": CONFIG}, {"topic": "z/kitchen", "payload": {"t": "warm"}})
    _, text = printed(file, capsys, only_refused=True)
    assert "defines" not in text and "'warm' is not a number" in text and "2  messages" in text


def test_a_state_that_came_before_its_description_is_told_with_it(tmp_path: Path) -> None:
    code, lines = explained(
        capture(tmp_path, {"topic": "z/kitchen", "payload": {"t": 20}}, {"topic": TOPIC, "payload": CONFIG})
    )
    assert code == 0
    assert lines[0] == {"line": 1, "topic": "z/kitchen", "retain": False, "told": []}
    [told] = lines[1]["told"]
    assert told["dialect"] == "home_assistant"
    assert told["defines"][0] == {
        "entity": "sensor.k1",
        "name": "Kitchen sensor Temperature",
        "room": "Kitchen",
        "device": "Kitchen sensor",
        "hidden": False,
        "aspects": [{"aspect": "state", "quantity": "temperature", "unit": "celsius"}],
        "verbs": [],
    }
    [reading] = told["readings"]
    assert (reading["entity"], reading["value"], reading["unit"]) == ("sensor.k1", 20.0, "celsius")
    assert lines[2]["totals"]["readings"] == 1


def test_the_users_own_discovery_prefix_and_house_file_are_used(tmp_path: Path) -> None:
    settings = tmp_path / "assistant.toml"
    settings.write_text('[mqtt]\ndiscovery_prefix = "mine"\n')
    (tmp_path / "house.toml").write_text(
        '[devices."Kitchen sensor"]\nroom = "Pantry"\n[entities."sensor.k2"]\nhide = true\n'
    )
    other = {**CONFIG, "unique_id": "k2"}
    file = capture(
        tmp_path,
        {"topic": TOPIC, "payload": CONFIG},
        {"topic": "mine/sensor/k1/config", "payload": CONFIG},
        {"topic": "mine/sensor/k2/config", "payload": other},
    )
    _, lines = explained(file, settings)
    assert lines[0]["told"] == []
    assert lines[1]["told"][0]["defines"][0]["room"] == "Pantry"
    assert lines[2]["told"][0]["defines"][0]["hidden"] is True


def test_a_number_is_shown_as_it_is_stored_with_the_unit_that_the_house_file_gives_it(tmp_path: Path) -> None:
    settings = tmp_path / "assistant.toml"
    settings.write_text("")
    (tmp_path / "house.toml").write_text('[entities."sensor.k1"]\nquantity = "temperature"\nunit = "°F"\n')
    bare = {"unique_id": "k1", "state_topic": "t", "state_class": "measurement"}
    file = capture(tmp_path, {"topic": TOPIC, "payload": bare}, {"topic": "t", "payload": "131"})
    _, lines = explained(file, settings)
    [reading] = lines[1]["told"][0]["readings"]
    assert (reading["value"], reading["unit"]) == (131.0, "fahrenheit")


def test_the_users_own_plain_topics_are_used(tmp_path: Path) -> None:
    settings = tmp_path / "assistant.toml"
    settings.write_text('[[plain]]\ntopic = "heating/{room}/temp"\nquantity = "temperature"\nunit = "°C"\n')
    _, lines = explained(capture(tmp_path, {"topic": "heating/attic/temp", "payload": "19.5"}), settings)
    [told] = lines[0]["told"]
    assert told["dialect"] == "plain" and told["readings"][0]["value"] == 19.5


def test_what_is_left_out_on_purpose_is_no_refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = {"unique_id": "c", "topic": "cam", "name": "Porch"}
    code, text = printed(capture(tmp_path, {"topic": "homeassistant/camera/c/config", "payload": camera}), capsys)
    assert code == 0
    assert "left out, ignored_component: camera is known and left out" in text
    assert "1  left out, ignored_component" in text and "0  refused" in text


def test_what_is_noticed_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = {**CONFIG, "unit_of_measurement": "furlongs"}
    file = capture(tmp_path, {"topic": TOPIC, "payload": odd}, {"topic": "z/kitchen", "payload": {"other": 1}})
    _, text = printed(file, capsys)
    assert "noticed: unknown_unit: its unit is not known here" in text
    assert "noticed: for some of what listens to this topic it holds no value" in text


def test_a_long_payload_is_cut_and_its_topic_never(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topic = "a/" + "b" * 150
    _, text = printed(capture(tmp_path, {"topic": topic, "payload": "x" * 5000}), capsys)
    [line] = [line for line in text.splitlines() if topic in line]
    assert line.endswith("xxx…") and len(line) < 200


BAD_LINES = [
    ("{", "it is not JSON"),
    ("[1]", "it is a list, not an object"),
    ('"x"', "it is a text"),
    ("null", "it is null"),
    ("3", "it is a number"),
    ('{"payload": "1"}', "it has no `topic`"),
    ('{"topic": 3, "payload": "1"}', "its `topic` is no text"),
    ('{"topic": "a", "value": 1}', "it has no `payload` (nor `payload_base64`); it has `topic`, `value`"),
    ('{"topic": "a", "payload_base64": "?"}', "not valid base64"),
    ('{"topic": "a", "payload": "1", "at": "yesterday"}', "neither epoch milliseconds nor an ISO 8601 time"),
    ('{"topic": "a", "payload": "1", "at": "2026-11-21T08:00:00"}', "no time zone"),
    ("[" * 100_000, "it is not JSON"),
]


@pytest.mark.parametrize(("line", "said"), BAD_LINES)
def test_a_line_that_holds_no_message_says_what_is_missing(line: str, said: str) -> None:
    with pytest.raises(BadLine) as error:
        message_of(line.encode(), received_ms=1)
    assert said in str(error.value)


def test_what_mosquitto_sub_writes_is_read_too() -> None:
    line = (
        '{"tst":"2026-11-21T01:45:44.592226Z+0000","topic":"a/b","qos":0,"retain":1,"payloadlen":10,'
        '"payload":"{\\"x\\":\\"é\\"}"}'
    )
    found = message_of(line.encode(), received_ms=1)
    assert (found.payload, found.retain) == ('{"x":"é"}'.encode(), True)
    assert found.received_ms == 1_795_225_544_592
    newer = line.replace("Z+0000", "+0100")
    assert message_of(newer.encode(), received_ms=1).received_ms == 1_795_225_544_592 - 3_600_000


def test_bad_lines_are_named_by_number_and_cost_no_other_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = capture(tmp_path, "{", "", {"topic": "a", "payload": "1"}, *["nonsense"] * 8)
    code, text = printed(file, capsys)
    assert code == 1
    assert text.startswith("    1  no message: it is not JSON") and "\n    4  no message" in text
    assert "4 more lines: it is not JSON" in text
    assert "1  messages" in text and "9  lines that held no message" in text


def test_a_file_without_end_of_line_or_with_a_huge_line_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_bytes(b'{"topic": "a", "payload": "' + b"x" * 5_000_000 + b'"}\n{"topic": "a", "payload": "1"}')
    code, lines = explained(path)
    assert code == 1 and lines[-1]["totals"]["messages"] == 1 and lines[-1]["totals"]["bad_lines"] == 1
    assert lines[1]["line"] == 2


def test_a_file_that_cannot_be_read_is_said_with_exit_code_2(tmp_path: Path) -> None:
    with pytest.raises(NoCapture, match="cannot be read: No such file"):
        explain_mqtt(tmp_path / "none", as_json=False, only_refused=False, config=None)


def test_messages_are_read_from_standard_input() -> None:
    line = json.dumps({"topic": TOPIC, "payload": CONFIG}).encode() + b"\n"
    command = [sys.executable, "-m", "assistant", "explain-mqtt", "-"]
    done = subprocess.run(command, input=line, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0 and b"defines sensor.k1" in done.stdout


@pytest.mark.parametrize("option", ["", "--json"])
def test_a_reader_that_has_seen_enough_ends_it_without_a_word(tmp_path: Path, option: str) -> None:
    file = capture(tmp_path, *[{"topic": TOPIC, "payload": CONFIG}] * 3000)
    pipeline = f"{sys.executable} -m assistant explain-mqtt {option} {file} | head -n 1"
    done = subprocess.run(["sh", "-c", pipeline], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == "" and len(done.stdout.splitlines()) == 1


def test_nothing_that_a_device_sends_reaches_the_terminal_as_a_command() -> None:
    assert harmless("a\x1b[2Jb\nc\x07") == "a\ufffd[2Jb·c\ufffd"
    assert harmless("x" * 300, 10) == "x" * 9 + "…"


@given(
    topic=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40),
    payload=st.binary(max_size=60),
    retain=st.booleans(),
    qos=st.sampled_from([0, 1]),
)
def test_what_is_captured_is_read_back_as_it_was(topic: str, payload: bytes, retain: bool, qos: int) -> None:
    message = Message(topic=topic, payload=payload, retain=retain, qos=qos, received_ms=1_795_000_000_000)
    line = line_of(message)
    assert "\n" not in line
    assert message_of(line.encode(), received_ms=1) == message


@given(st.binary(max_size=80))
def test_any_line_is_a_message_or_is_said_to_be_none(line: bytes) -> None:
    try:
        message_of(line, received_ms=1)
    except BadLine as error:
        assert str(error)


@pytest.mark.parametrize("name", ["zigbee2mqtt_literals.jsonl", "zigbee2mqtt_sample.jsonl"])
def test_recorded_messages_are_each_taken_refused_by_name_or_of_no_interest(recorded_mqtt: Path, name: str) -> None:
    _, lines = explained(recorded_mqtt / name)
    *messages, totals = lines
    assert len(messages) == totals["totals"]["messages"] > 200
    assert totals["totals"]["bad_lines"] == 0
    for line in messages:
        for told in line["told"]:
            assert told["dialect"]
            assert all(refusal["code"] and refusal["detail"] for refusal in told["refusals"])


@pytest.mark.parametrize(("name", "lacking"), [("ecowitt2mqtt", "`payload`"), ("theengs", "`topic`")])
def test_records_of_another_shape_are_told_what_they_lack(recorded_mqtt: Path, name: str, lacking: str) -> None:
    code, lines = explained(recorded_mqtt / f"{name}.jsonl")
    assert code == 1 and lines[-1]["totals"]["messages"] == 0
    assert all(f"it has no {lacking}" in line["error"] for line in lines[:-1])


def test_the_recorded_weather_station_comes_out_as_recorded_once_it_is_converted(
    recorded_mqtt: Path, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in (recorded_mqtt / "ecowitt2mqtt.jsonl").read_text().splitlines()]
    lines: list[dict[str, Any]] = []
    for row in rows:
        lines.append({"topic": row["topic"], "payload": row["config"], "retain": True})
        lines.append({"topic": row["state_topic"], "payload": row["state"]})
    _, told = explained(capture(tmp_path, *lines))
    right = 0
    for row, state in zip(rows, told[1:-1:2], strict=True):
        for reading in [one for told_by in state["told"] for one in told_by["readings"]]:
            unit = parse_unit(row["config"].get("unit_of_measurement") or "")
            if unit is None or reading["unit"] is None:
                continue
            expected = convert(float(row["state"]), unit, reading["unit"])
            assert reading["value"] == pytest.approx(expected), row["topic"]
            right += 1
    assert right > 60
