"""Coverage-guided fuzzing of everything that reads a message: python benchmarks/fuzz_decode.py [SECONDS]

Needs atheris, which is no dependency of the project: pip install atheris (it has wheels for few versions of Python). An
input is a few messages; whatever they are, no exception may leave a dialect, every reading must be a finite number or
text that can be stored, and none may take longer than its bound.
"""

import math
import sys
import time

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed: pip install atheris")

with atheris.instrument_imports(include=["sensors"]):
    from config.settings import Settings
    from sensors.dialects import dialects_of
    from sensors.message import Message

TOPICS = (
    "homeassistant/sensor/a/config",
    "homeassistant/light/a/config",
    "homeassistant/cover/a/b/config",
    "homeassistant/climate/a/config",
    "homeassistant/device/a/config",
    "tasmota/discovery/AABBCCDDEEFF/config",
    "tasmota/discovery/AABBCCDDEEFF/sensors",
    "tele/plug/SENSOR",
    "stat/plug/RESULT",
    "shellyplus1-a/events/rpc",
    "shellyplus1-a/status/switch:0",
    "s",
    "a/b",
)
LONGEST_SECONDS = 1.0
SEEDS = (
    b'{"state_topic": "s", "unique_id": "a", "unit_of_measurement": "W", "val_tpl": "{{ value_json.a | float + 1 }}"}',
    b'{"~": "s", "stat_t": "~", "cmd_t": "a/b", "uniq_id": "x", "schema": "json", "brightness": true}',
    b'{"dev": {"ids": "x"}, "o": {"name": "y"}, "cmps": {"k": {"p": "sensor", "stat_t": "s", "uniq_id": "z"}}}',
    b'{"a": 1e400, "b": [null, true, -1], "c": "\\ud83d"}',
    b'{"Time": "2026-11-21T08:00:00", "ENERGY": {"Total": 1.5, "Power": 20}}',
)


def payload_of(provider: "atheris.FuzzedDataProvider") -> bytes:
    """Any bytes, or a sound payload with something in it overwritten."""
    if provider.ConsumeIntInRange(0, 3) == 0:
        return provider.ConsumeBytes(provider.ConsumeIntInRange(0, 400))
    seed = provider.PickValueInList(list(SEEDS))
    at = provider.ConsumeIntInRange(0, len(seed))
    end = at + provider.ConsumeIntInRange(0, 24)
    return seed[:at] + provider.ConsumeBytes(provider.ConsumeIntInRange(0, 32)) + seed[end:]


def one_input(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    dialects = dialects_of(Settings())
    began = time.monotonic()
    for number in range(provider.ConsumeIntInRange(1, 6)):
        topic = provider.PickValueInList(list(TOPICS))
        payload = payload_of(provider)
        message = Message(topic=topic, payload=payload, retain=provider.ConsumeBool(), received_ms=2**40 + number)
        for dialect in dialects:
            decoded = dialect.decode(message)
            for reading in decoded.readings if decoded else ():
                assert isinstance(reading.value, float | str), reading
                assert math.isfinite(reading.value) if isinstance(reading.value, float) else reading.value.encode()
            for refusal in decoded.refusals if decoded else ():
                assert refusal.code and refusal.detail
    assert time.monotonic() - began < LONGEST_SECONDS, "it took longer than its bound"


def main() -> None:
    seconds = sys.argv[1] if len(sys.argv) > 1 else "180"
    for seed in SEEDS:
        one_input(seed)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-print_final_stats=1"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
