"""The model planner from its settings: endpoints with their cards, breakers and prices, held open while it is."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from assistant.model.cost import Day, price_of
from assistant.model.endpoint import Endpoint
from assistant.model.exchange import Exchange
from assistant.model.ladder import Ladder
from assistant.model.loop import ModelLoop
from assistant.model.traits import UNKNOWN, Traits
from config.model import EndpointSettings, ModelSettings
from tools.contract import ToolResult


@asynccontextmanager
async def open_model(
    settings: ModelSettings,
    *,
    say: Callable[[ToolResult], str],
    day: Day,
    known: Callable[[EndpointSettings], Traits] = lambda _: UNKNOWN,
) -> AsyncIterator[ModelLoop]:
    """`known` gives what the card of an endpoint says; `day` what today's requests have cost so far."""
    async with AsyncExitStack() as stack:

        async def opened(one: EndpointSettings) -> Exchange:
            endpoint = await stack.enter_async_context(Endpoint(one, traits=known(one)))
            return Exchange(endpoint=endpoint, price=price_of(one))

        rungs = tuple([await opened(one) for one in settings.endpoints])
        decider = None
        if settings.decider is not None:
            # Where the smaller one fails, the bigger one decides as well.
            decider = Ladder(exchanges=(await opened(settings.decider), *rungs))
        yield ModelLoop(exchange=Ladder(exchanges=rungs), decider=decider, settings=settings, day=day, say=say)
