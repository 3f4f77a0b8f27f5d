"""Where a request may go, and what is said of an endpoint that cannot be talked to."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes_cases import CASES, quirky
from fakes_misdeeds import QUIRKS
from fakes_model import Reply, Request, ScriptedEndpoint, SmallHouse, calls, fails, query, says
from test_model_loop import BOTH, QUICK, REQUEST, asked
from test_sensors_broker_tls import authority

from assistant.model.endpoint import Endpoint, is_at_home
from assistant.model.failure import EndpointFailed
from assistant.model.history import PastTurn
from assistant.model.outcome import StoppedBecause
from config.settings import ModelSettings
from tools.contract import OK

__all__ = ["authority"]
TOO_LONG = fails(400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.")


async def heard_from(base_url: str) -> str:
    """All the words of one answer, or what is said of the failure."""
    settings = ModelSettings(base_url=base_url, name="m", api_key="sk-canary")  # type: ignore[arg-type]
    async with Endpoint(settings, patience=QUICK) as endpoint:
        try:
            return "".join([delta.text async for delta in endpoint.stream([{"role": "user", "content": "hi"}], {})])
        except EndpointFailed as failure:
            return failure.message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_request_is_not_sent_on_to_another_host(status: int) -> None:
    """What is said at home would go to somebody who is not in the settings, and the key perhaps with it."""
    async with ScriptedEndpoint(lambda _r, _n: says("hello")) as other:
        moved = Reply(
            status=status, headers={"location": f"{other.base_url}/chat/completions"}, content_type="text/plain"
        )
        async with ScriptedEndpoint(lambda _r, _n: moved) as server:
            assert "check model.base_url" in await heard_from(server.base_url)
            assert len(server.requests) == 1
        assert other.requests == []


async def test_an_endpoint_at_home_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedEndpoint(lambda _r, _n: says("I am the proxy")) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        async with ScriptedEndpoint(lambda _r, _n: says("I am at home")) as server:
            assert await heard_from(server.base_url) == "I am at home"
        assert proxy.requests == []
        assert await heard_from("http://model.example.com/v1") == "I am the proxy"
        assert proxy.requests[0].path == "http://model.example.com/v1/chat/completions"


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.1.7", True),
        ("localhost", True),
        ("nas.local", True),
        ("8.8.8.8", False),
        ("api.openai.com", False),
    ],
)
def test_which_addresses_are_at_home(host: str, home: bool) -> None:
    assert is_at_home(host) is home


async def test_a_certificate_that_is_not_trusted_is_called_that(authority: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "right.crt", authority / "right.key")

    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        assert "its certificate is not trusted" in await heard_from(f"https://127.0.0.1:{port}/v1")


async def test_tls_with_a_server_that_has_none_is_told_with_the_fix() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert "is it http:// instead of https://?" in await heard_from(f"https://127.0.0.1:{port}/v1")


async def test_where_the_context_is_too_small_what_was_said_before_makes_room() -> None:
    def script(request: Request, _number: int) -> Reply:
        return TOO_LONG if "Said and answered before" in request.messages[1]["content"] else calls(query())

    before: PastTurn = ("how warm is the attic", "The attic is at 28.5 degrees.")
    outcome, server = await asked(script, history=(before,))
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert len(server.requests) == 2


async def test_where_it_is_too_small_for_the_question_itself_that_is_said() -> None:
    outcome, server = await asked(lambda _r, _n: TOO_LONG)
    assert "more than fits into the model" in outcome.failure
    assert len(server.requests) == 1


async def test_where_it_is_too_small_for_the_answers_they_go_without_the_calls() -> None:
    def script(request: Request, number: int) -> Reply:
        if number == 0:
            return calls(query(), query("kitchen"))
        return TOO_LONG if any(message["role"] == "tool" for message in request.messages) else says(BOTH)

    outcome, _ = await asked(script)
    assert outcome.text == BOTH


@pytest.mark.parametrize("name", ["Query_Sensors", "functions.query_sensors", "query-sensors", "query_sensors()"])
async def test_a_tools_name_may_be_spelled_in_other_ways(name: str) -> None:
    house = SmallHouse()
    outcome, _ = await asked([calls((name, query()[1]))], house)
    assert [result.verdict for result in outcome.results] == [OK]
    assert house.calls[0].name == "query_sensors"


@pytest.mark.parametrize("name", ["control_device", "Control_Device", "functions.control_device"])
async def test_no_spelling_makes_a_tool_of_one_that_is_not_offered(name: str) -> None:
    house = SmallHouse()
    reads = tuple(tool for tool in REQUEST.tools if tool.name != "control_device")
    given: Any = {"verb": "unlock", "what": "front door", "value": None, "unit": None}
    outcome, _ = await asked([calls((name, given)), says("I cannot do that.")], house, tools=reads)
    assert outcome.results[0].call.name == name


@pytest.mark.parametrize("quirk", ["401", "402", "403", "404", "sent on to another host"])
async def test_a_person_hears_that_a_setting_is_wrong(quirk: str, tmp_path: Path) -> None:
    """Also while the endpoint is left alone because of it."""
    async with quirky(tmp_path, QUIRKS[quirk]) as house:
        for case in CASES[:2]:
            reply, _ = await house.ask(replace(case), QUIRKS[quirk])
            assert "does not take its settings. Please run: assistant model check." in reply.text
