"""Tries answers where they must hold: at the broker, at the sound card, at the model. Blocks nothing but the person."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Any

from pydantic import SecretStr, ValidationError

from assistant.doctor import broker, endpoint, trial
from assistant.doctor.finding import Finding, State, worst
from assistant.model.card import Mark
from assistant.model.endpoint import Endpoint
from assistant.model.probe import Probe
from assistant.setup.asking import Answers, Outcome, Trial
from assistant.setup.questions import Trials
from config.model import EndpointSettings
from config.settings import MqttSettings, VoiceSettings
from sensors.broker_problems import explain
from sensors.clock import now_ms

_CONNECT_SECONDS = 5.0


def real_trials() -> Trials:
    return Trials(
        host=_alone(_host),
        broker=_alone(_broker),
        microphone=_alone(_microphone),
        address=_alone(_address),
        model=_alone(_model),
        speakers=lambda: _devices().outputs,
        microphones=lambda: _devices().inputs,
    )


@cache
def _devices() -> trial.Devices:
    return asyncio.run(trial.devices())


def _alone(trial: Callable[[Answers], Coroutine[Any, Any, Outcome]]) -> Trial:
    """Each in an event loop of its own: while one runs, Ctrl-C does not end the waiting for a person's answer."""
    return lambda answers: asyncio.run(trial(answers))


def section(answers: Answers, name: str) -> dict[str, Any]:
    """What was answered of one section of the settings."""
    found = {key.partition(".")[2]: value for key, value in answers.items() if key.startswith(f"{name}.")}
    return {key: value for key, value in found.items() if value is not None}


async def _host(answers: Answers) -> Outcome:
    settings = MqttSettings(**_without(section(answers, "mqtt"), "username", "password"))
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(settings.host, settings.port)
    except TimeoutError:
        return Outcome(good=False, text=f"{settings.host}:{settings.port} does not answer.")
    except OSError as error:
        return Outcome(good=False, text=f"{explain(error, settings)}.")
    writer.close()
    return Outcome(good=True, text=f"Something listens at {settings.host}:{settings.port}.")


async def _broker(answers: Answers) -> Outcome:
    given = section(answers, "mqtt")
    password = given.pop("password", None)
    settings = MqttSettings(**given, password=SecretStr(password) if password else None)
    contact = await broker.call(settings)
    if contact.problem is not None:
        return Outcome(good=False, text=f"{contact.problem}.")
    count = contact.announced or 0
    told = f"{count} things have announced themselves there" if count else "nothing has announced itself there yet"
    return Outcome(good=True, text=f"The broker takes us; {told}.")


async def _microphone(answers: Answers) -> Outcome:
    try:
        settings = VoiceSettings(**section(answers, "voice"))
    except ValidationError as error:
        return Outcome(good=False, text=str(error.errors()[0]["msg"]))
    return _outcome(await trial.tried(settings))


async def _address(answers: Answers) -> Outcome:
    settings = EndpointSettings(**_without(section(answers, "model"), "enabled"))
    problem = await endpoint.reach(settings)
    return Outcome(good=problem is None, text=f"{problem or 'Something answers there'}.")


async def _model(answers: Answers) -> Outcome:
    """Some ten small requests, as `assistant model check` makes them."""
    given = _without(section(answers, "model"), "enabled")
    key = given.pop("api_key", None)
    settings = EndpointSettings(**given, api_key=SecretStr(key) if key else None)
    async with Endpoint(settings) as open_endpoint:
        card = await Probe(endpoint=open_endpoint, clock_ms=now_ms).card()
    faults = [one for one in card.findings if one.mark in {Mark.POOR, Mark.BROKEN}]
    if not faults:
        return Outcome(good=True, text="The model answers, and can do all that is asked of it.")
    told = "; ".join(f"{one.what}: {one.found}" for one in faults)
    return Outcome(good=card.worst is not Mark.BROKEN, text=f"{told}.")


def _outcome(findings: list[Finding]) -> Outcome:
    told = "; ".join(f"{one.part}: {one.found}" + (f"; {one.fix}" if one.fix else "") for one in findings)
    return Outcome(good=worst(findings) is not State.BROKEN, text=f"{told}.")


def _without(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key not in names}
