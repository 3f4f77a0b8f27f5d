"""Whether the model's endpoints can be reached, and what `assistant model check` found them to be like."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from assistant.doctor.finding import Finding, State, broken, degraded, ok, told
from assistant.model.card import Card, Mark
from assistant.model.endpoint import host_of
from config.model import EndpointSettings, ModelSettings

PART = "model"
OLD = timedelta(days=90)
_CHECK = "run `assistant model check`, which tries it and keeps what it is like"
_PORTS = {"http": 80, "https": 443}


async def reach(settings: EndpointSettings) -> str | None:
    """Why no connection comes about, or None. Sends nothing."""
    try:
        parts = urlsplit(settings.base_url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        host, port = None, 0
    if not host:
        return f"{settings.base_url!r} is no address; write model.base_url as http://127.0.0.1:11434/v1"
    where = host_of(settings.base_url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(settings.connect_seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=secure)
        writer.close()
    except TimeoutError:
        return f"{where} does not answer; check model.base_url and the network"
    except ssl.SSLError as error:
        return f"no TLS connection to {where} ({error.reason}); check model.base_url: http or https, name and port"
    except OSError as error:
        return f"{where} cannot be reached ({error.strerror or error}); start the model's server, or set model.base_url"
    return None


def switched_off(model: ModelSettings) -> Finding | None:
    return None if model.enabled else ok(PART, "switched off in the settings: the built-in sentences answer")


def endpoint(settings: EndpointSettings, problem: str | None, card: Card | None, now_ms: int) -> Iterator[Finding]:
    """`problem`: why it cannot be reached; `card`: what was kept of it, if anything."""
    part = f"{PART}: {settings.name or 'default'} at {host_of(settings.base_url)}"
    if problem is not None:
        yield told(part, State.BROKEN, problem)
    elif card is None:
        yield degraded(part, "it can be reached, and nobody has tried yet what it can do", _CHECK)
    else:
        yield from _by_card(part, card, timedelta(milliseconds=now_ms - card.checked_ms))


def _by_card(part: str, card: Card, age: timedelta) -> Iterator[Finding]:
    for one in card.findings:
        if one.mark is Mark.BROKEN:
            yield broken(part, f"{one.what}: {one.found}", one.advice or _CHECK)
        elif one.mark is Mark.POOR:
            yield degraded(part, f"{one.what}: {one.found}", one.advice or _CHECK)
    if age > OLD:
        yield degraded(part, f"it was tried {age.days} days ago, and may be another since", _CHECK)
    elif card.worst not in {Mark.POOR, Mark.BROKEN}:
        yield ok(part, f"it can be reached, and did well when it was tried {_ago(age)}")


def _ago(age: timedelta) -> str:
    return f"{age.days} days ago" if age.days > 1 else "lately"
