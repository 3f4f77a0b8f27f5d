"""The one place that talks to a model endpoint: a streamed Chat Completions request in, deltas out.

Never retries and never decides what a message means. Every failure leaves as EndpointFailed with the fix in its text.
"""

import asyncio
import math
import re
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from assistant.model.failure import TOO_LONG, TOO_MUCH, EndpointFailed
from assistant.model.traits import PARALLEL, STREAM, STRICT, UNKNOWN, Traits
from assistant.model.wire import Delta, delta_of
from config.model import EndpointSettings
from tools.sanitise import clean

if TYPE_CHECKING:
    import openai

Json = dict[str, Any]

_PATH = "/chat/completions"
_EVENTS = "text/event-stream"
_BREAKS = "it breaks the connection off"
_TROUBLE = {
    "RemoteProtocolError": _BREAKS,
    "ReadError": _BREAKS,
    "DecodingError": "what it sends cannot be unpacked",
}
"""By the name of what the library below raises."""
_RETRYABLE = frozenset({408, 409, 425, 429})
_RENAMED = {"max_tokens": "max_completion_tokens"}
_DISPENSABLE = ("stream_options", "temperature", "tool_choice", STREAM, PARALLEL, STRICT)
"""What endpoints have been seen to refuse, and what a request is still good without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds: for a connection, for the first token, between tokens, for what comes after."""

    connect_seconds: float = 3.0
    first_token_seconds: float = 12.0
    idle_seconds: float = 5.0
    tail_seconds: float = 1.0
    """After the endpoint said that it has finished, for the usage figures that may follow."""


def patience_of(settings: EndpointSettings) -> Patience:
    return Patience(
        connect_seconds=settings.connect_seconds,
        first_token_seconds=settings.first_token_seconds,
        idle_seconds=settings.idle_seconds,
    )


class Endpoint:
    """One OpenAI-compatible endpoint, held open: `async with Endpoint(settings) as endpoint`."""

    def __init__(
        self, settings: EndpointSettings, *, patience: Patience | None = None, traits: Traits = UNKNOWN
    ) -> None:
        """`traits` is what is known of it from its card; `patience` is the settings' unless it is given."""
        self._settings = settings
        self._patience = patience or patience_of(settings)
        self.traits = traits
        self._loading: asyncio.Future[openai.AsyncOpenAI] | None = None
        self._refused: set[str] = set(traits.refused)
        self._unstreamed = STREAM in self._refused
        self.misset: int | None = None
        """The status by which it last said that a setting is wrong; None once it has answered."""

    async def __aenter__(self) -> Self:
        # Loading the library takes half a second, on a Pi several: on a thread, while all else starts.
        self._loading = asyncio.get_running_loop().run_in_executor(None, self._connect)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loading is not None:
            client = await self._loading
            await client.close()
            self._loading = None

    def _connect(self) -> "openai.AsyncOpenAI":
        import openai

        key = self._settings.api_key.get_secret_value() if self._settings.api_key else ""
        # What is said at home goes to nobody but who is in the settings: not where they send it on to, and for an
        # address at home not through a proxy that the environment names for the world outside.
        host = urlsplit(self._settings.base_url).hostname or ""
        direct = {f"all://{f'[{host}]' if ':' in host else host}": None} if is_at_home(host) else {}
        return openai.AsyncOpenAI(
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, mounts=direct),
            base_url=self._settings.base_url,
            api_key=key or "none",  # the client insists on one, local endpoints ignore it
            max_retries=0,
            timeout=openai.Timeout(None, connect=self._patience.connect_seconds),
        )

    @property
    def name(self) -> str:
        """The endpoint as people and logs may see it: never with the user or password of its address."""
        return host_of(self._settings.base_url)

    @property
    def model(self) -> str:
        return self._settings.name or "default"

    @property
    def answer_tokens(self) -> int:
        return self._settings.answer_tokens

    async def stream(self, messages: list[Json], extra: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """One request; yields what is not empty until the endpoint has finished. Raises EndpointFailed.

        A stream that breaks off raises as well, so that half a message is never taken for one.
        """
        finished = False
        limit_seconds = self._patience.first_token_seconds
        async with aclosing(await self._open(messages, extra)) as chunks:
            try:
                while (chunk := await self._next(chunks, limit_seconds)) is not None:
                    delta = delta_of(chunk)
                    if delta.empty:
                        continue
                    finished, self.misset = finished or delta.last, None
                    limit_seconds = self._patience.tail_seconds if finished else self._patience.idle_seconds
                    yield delta
            except EndpointFailed:
                if not finished:
                    raise
        if not finished:
            raise EndpointFailed(f"{self.name} broke off in the middle of its answer", retryable=True)

    async def exactly(self, body: Json) -> AsyncGenerator[object, None]:
        """One request with just these fields, to find out what comes of them: its raw chunks. Raises EndpointFailed."""
        async with aclosing(await self._post({"model": self.model, "stream": True, **body})) as chunks:
            limit_seconds = self._patience.first_token_seconds
            while (chunk := await self._next(chunks, limit_seconds)) is not None:
                yield chunk
                limit_seconds = self._patience.idle_seconds

    def without_stream(self) -> None:
        """From now on every answer is asked for in one piece."""
        self._refused.add(STREAM)
        self._unstreamed = True

    @property
    def streams(self) -> bool:
        """False once it has answered in one piece though a stream was asked for."""
        return not self._unstreamed

    async def _next(self, chunks: AsyncGenerator[object, None], limit_seconds: float) -> object | None:
        import openai

        try:
            async with asyncio.timeout(limit_seconds):
                return await anext(chunks)
        except StopAsyncIteration:
            return None
        except TimeoutError as error:
            raise EndpointFailed(
                f"{self.name} sent nothing for {limit_seconds:g} s", retryable=True, silent=True
            ) from error
        except openai.APIError as error:
            raise self._failure(error) from error
        except (ValueError, RecursionError) as error:
            raise EndpointFailed(f"{self.name} sent an event that is not JSON", retryable=True) from error

    async def _open(self, messages: list[Json], extra: Mapping[str, Any]) -> AsyncGenerator[object, None]:
        """Sends the request, again at once where the endpoint refuses a parameter that it can do without."""
        while True:
            body = self._body(messages, extra)
            try:
                return await self._post(body)
            except EndpointFailed as failure:
                refused = _refused_parameter(failure, body)
                if refused is None:
                    raise
                self._refused.add(refused)
                self._unstreamed = self._unstreamed or refused == STREAM

    def _body(self, messages: list[Json], extra: Mapping[str, Any]) -> Json:
        body: Json = {
            "model": self.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0,
            "max_tokens": self._settings.answer_tokens,
            **extra,
        }
        if self.traits.parallel_on_request and "tools" in body:
            body[PARALLEL] = True
        for refused in self._refused & body.keys():
            value = body.pop(refused)
            if refused in _RENAMED:
                body[_RENAMED[refused]] = value
        if STRICT in self._refused and "tools" in body:
            body["tools"] = [_unstrict(tool) for tool in body["tools"]]
        return body

    async def _post(self, body: Json) -> AsyncGenerator[object, None]:
        if self._loading is None:
            raise RuntimeError("enter the endpoint first: async with Endpoint(...) as endpoint")
        client = await asyncio.shield(self._loading)
        import openai

        seconds = self._patience.first_token_seconds
        try:
            async with asyncio.timeout(seconds):
                if self._unstreamed:
                    return _once(await self._whole(client, body))
                # Raw chunks: the typed ones take 0.1 ms each to build and trip over what endpoints leave out.
                stream = await client.post(
                    _PATH, cast_to=object, body=body, stream=True, stream_cls=openai.AsyncStream[object]
                )
                if await self._streams(stream):
                    return _chunks(stream)
                return _once(await self._whole(client, body))
        except TimeoutError as error:
            message = f"{self.name} did not answer within {seconds:g} s"
            raise EndpointFailed(message, retryable=True, silent=True) from error
        except openai.APIError as error:
            raise self._failure(error) from error
        except (ValueError, RecursionError) as error:
            raise EndpointFailed(f"{self.name} answered with what is not JSON", retryable=True) from error

    async def _streams(self, stream: "openai.AsyncStream[object]") -> bool:
        """Whether it is a stream. An endpoint that ignores `stream` is asked again without, a web page is refused."""
        kind = stream.response.headers.get("content-type", _EVENTS).partition(";")[0].strip().lower()
        if kind == _EVENTS:
            return True
        await stream.close()
        if kind != "application/json":
            raise EndpointFailed(
                f"{self.name} answered with {clean(kind, 40)} instead of JSON; "
                "check model.base_url in the settings, it mostly ends in /v1",
                retryable=False,
            )
        self._unstreamed = True
        return False

    async def _whole(self, client: "openai.AsyncOpenAI", body: Json) -> object:
        plain = {key: value for key, value in body.items() if key != "stream_options"}
        answer = await client.post(_PATH, cast_to=object, body={**plain, "stream": False})
        if isinstance(answer, dict) and answer.get("error"):
            error = answer["error"]
            said = error.get("message") if isinstance(error, dict) else error
            raise EndpointFailed(f"{self.name} reported", quoted=clean(str(said)), retryable=True)
        return answer

    def _failure(self, error: "openai.APIError") -> EndpointFailed:
        import openai

        if isinstance(error, openai.APITimeoutError):
            return EndpointFailed(f"no connection to {self.name} in time; is it running?", retryable=True, silent=True)
        if isinstance(error, openai.APIConnectionError):
            return EndpointFailed(f"cannot reach {self.name}; {_cause(error)}", retryable=True)
        if not isinstance(error, openai.APIStatusError):
            return EndpointFailed(f"{self.name} reported", quoted=clean(error.message), retryable=True)
        status, advice = error.status_code, self._advice(error.status_code, error)
        failed = EndpointFailed(
            f"{self.name} answered {status}{f': {advice}' if advice else ''}",
            # Only where they cannot hold a piece of the key.
            quoted="" if advice else clean(re.sub(r"<[^>]*>", " ", error.message)),
            retryable=status in _RETRYABLE or status >= 500,
            retry_after_seconds=_retry_after(error.response.headers),
            status=status,
        )
        self.misset = status if failed.misset else self.misset
        return failed

    def _advice(self, status: int, error: "openai.APIStatusError") -> str:
        """What to do about a status; empty where the endpoint's own words tell more."""
        match status:
            case 300 | 301 | 302 | 303 | 307 | 308:
                place = host_of(error.response.headers.get("location", ""))
                return f"it sends requests on to {clean(place, 80)}, which is not followed; check model.base_url"
            case 401 | 403:
                return "the key was refused; set model.api_key"
            case 402:
                return "its account has nothing left to spend"
            case 404:
                name = self._settings.name
                return (
                    f"no model {name!r} or no such address; check model.name and model.base_url"
                    f" (Ollama fetches a model with: ollama pull {name or 'NAME'})"
                )
            case 429:
                return "too many requests or the quota is used up"
            case 400 | 413 | 422 if TOO_LONG.search(error.message):
                return TOO_MUCH
            case _:
                return ""


async def _chunks(stream: "openai.AsyncStream[object]") -> AsyncGenerator[object, None]:
    try:
        async for chunk in stream:
            yield chunk
    finally:
        await stream.close()


async def _once(answer: object) -> AsyncGenerator[object, None]:
    yield answer


def host_of(base_url: str) -> str:
    """Host and port of an address, for people and logs."""
    try:
        parts = urlsplit(base_url)
        return f"{parts.hostname or 'endpoint'}{f':{parts.port}' if parts.port else ''}"
    except ValueError:  # a port that is no number
        return "endpoint"


def _refused_parameter(failure: EndpointFailed, body: Json) -> str | None:
    """The parameter that a 400 complains about by name, if the request can do without it or under another name."""
    if failure.status not in {400, 422}:
        return None
    held = {*body, *([STRICT] if any(STRICT in tool["function"] for tool in body.get("tools", ())) else [])}
    candidates = (*_RENAMED, *_DISPENSABLE)
    return next((name for name in candidates if name in held and re.search(rf"\b{name}\b", failure.message)), None)


def _unstrict(tool: Json) -> Json:
    return {**tool, "function": {key: value for key, value in tool["function"].items() if key != STRICT}}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from a header that gives them or a date."""
    header = headers.get("retry-after") or ""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return seconds if 0 <= seconds < math.inf else None


def is_at_home(host: str) -> bool:
    """Whether an address is of this machine or of the network in the house."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home", ".internal", ".localhost"))


def _cause(error: BaseException) -> str:
    """What to look at, from the words of the library below."""
    cause = error.__cause__ or error
    said = str(cause)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return f"its certificate is not trusted{said.partition('failed')[2].partition(' (')[0]}"
    if "SSL" in said:
        return "it does not speak TLS as it should; is it http:// instead of https://?"
    if isinstance(cause.__cause__, socket.gaierror) or "Name or service not known" in said:
        return "no host has that name; check model.base_url"
    return _TROUBLE.get(type(cause).__name__, f"is it running? ({type(cause).__name__})")
