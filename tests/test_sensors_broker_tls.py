"""A broker behind TLS and passwords: what is right connects, what is wrong is said with the setting that mends it."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from real_mosquitto import Mosquitto, mosquitto_program

from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable

# After a handshake that failed paho leaves it to the garbage collector to close the socket.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments: str, folder: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `ca.crt`, another `other.crt`, and `right`, `elsewhere` certificates with their keys."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not here to make certificates with")
    folder = tmp_path_factory.mktemp("tls")
    for name in ("ca", "other"):
        subject = ("-subj", f"/CN={name}", "-days", "2", "-keyout", f"{name}.key", "-out", f"{name}.crt")
        openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            *subject,
            folder=folder,
        )
    for name, names in (("right", "DNS:localhost,IP:127.0.0.1"), ("elsewhere", "DNS:broker.example")):
        request = ("-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("req", *NEW_KEY, *request, folder=folder)
        (folder / "names").write_text(f"subjectAltName={names}\n")
        signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2")
        openssl("x509", "-req", "-in", f"{name}.csr", *signing, "-out", f"{name}.crt", folder=folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


@contextmanager
def serving(folder: Path, *settings: str) -> Iterator[Mosquitto]:
    program = mosquitto_program()
    if program is None:
        pytest.skip("mosquitto is not installed")
    server = Mosquitto(folder, program, *settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def with_certificate(authority: Path, name: str) -> tuple[str, ...]:
    return (
        f"cafile {authority / 'ca.crt'}",
        f"certfile {authority / f'{name}.crt'}",
        f"keyfile {authority / f'{name}.key'}",
    )


async def problem_of(settings: MqttSettings) -> str | None:
    """Why there is no connection; None where there is one."""
    async with Broker(settings, persistent=False, shortest_delay_seconds=0.05) as broker:
        try:
            await broker.wait_connected(1.5)
        except BrokerUnavailable as error:
            return str(error)
        return None


async def test_a_broker_with_a_certificate_of_the_given_authority_is_trusted(authority: Path, tmp_path: Path) -> None:
    with serving(tmp_path, *with_certificate(authority, "right")) as server:
        settings = MqttSettings(host="localhost", port=server.port, tls=True, ca_file=authority / "ca.crt")
        assert await problem_of(settings) is None


async def test_many_messages_of_any_size_come_whole_over_tls(authority: Path, tmp_path: Path) -> None:
    sent = [bytes([number % 251]) * (number * 307 % 40_000) for number in range(300)]
    with serving(tmp_path, *with_certificate(authority, "right")) as server:
        settings = MqttSettings(host="localhost", port=server.port, tls=True, ca_file=authority / "ca.crt")
        heard: list[bytes] = []
        async with Broker(settings, persistent=False) as broker, asyncio.timeout(20):
            await broker.wait_connected(5)
            broker.subscribe(["sizes"])
            for payload in sent:
                await broker.publish("sizes", payload)
            async for batch in broker.batches():
                broker.acknowledge(batch)
                heard += [message.payload for message in batch]
                if len(heard) == len(sent):
                    break
        assert heard == sent


@pytest.mark.parametrize(
    ("certificate", "ca", "words"),
    [
        ("right", "other.crt", "mqtt.ca_file"),
        ("right", None, "mqtt.ca_file"),
        ("elsewhere", "ca.crt", "mqtt.host"),
    ],
)
async def test_a_certificate_that_cannot_be_trusted_is_refused_with_what_to_set(
    authority: Path, tmp_path: Path, certificate: str, ca: str | None, words: str
) -> None:
    with serving(tmp_path, *with_certificate(authority, certificate)) as server:
        ca_file = authority / ca if ca else None
        problem = await problem_of(MqttSettings(host="localhost", port=server.port, tls=True, ca_file=ca_file))
    assert problem is not None and words in problem, problem
    assert "\n" not in problem


async def test_tls_towards_a_plain_port_is_said_to_be_that(authority: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        settings = MqttSettings(host="localhost", port=server.port, tls=True, ca_file=authority / "ca.crt")
        problem = await problem_of(settings)
    assert problem is not None and "mqtt.tls" in problem, problem


async def test_a_user_and_a_password_are_checked(tmp_path: Path) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not here to make a password file with")
    passwords = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-b", "-c", str(passwords), "house", "secret"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: ASYNC221 - nothing else runs yet
    passwords.chmod(0o644)
    with serving(tmp_path, "allow_anonymous false", f"password_file {passwords}") as server:
        right = MqttSettings(port=server.port, username="house", password=SecretStr("secret"))
        assert await problem_of(right) is None
        for wrong in (right.model_copy(update={"password": SecretStr("guess")}), MqttSettings(port=server.port)):
            problem = await problem_of(wrong)
            assert problem is not None and "mqtt.username and mqtt.password" in problem
            assert "guess" not in problem
