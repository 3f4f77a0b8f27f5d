"""docs/adding-a-tool.md is true: its tool goes the one way that every call goes, and does what the text says."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from fakes_tools import ENTITIES, HERE, SmallHouse, sensor, small_house
from pydantic import TypeAdapter
from test_structure import MODULES

from assistant.model.schemas import tool_schema
from assistant.replies.figures import Figures
from config.people import GuestSettings
from sensors.reading import Quantity
from tools import answers, arguments
from tools.call import Desk
from tools.contract import Asker, Role, Tool

DOCUMENT = Path(__file__).parent.parent / "docs" / "adding-a-tool.md"
TEXT = DOCUMENT.read_text()
DAMP = (*ENTITIES, sensor("Bathroom", Quantity.TEMPERATURE, "celsius"))
GUEST = Asker(satellite="here", room="Bathroom", role=Role.GUEST)


@dataclass(frozen=True)
class Page:
    """What the page's code defines."""

    defined: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.defined[name]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Its three pieces of code, each where it says, and the answer in the union of answers."""
    own, tool, spoken = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    module = ModuleType("dew_point_of_the_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    module.__dict__.update({name: getattr(arguments, name) for name in ("_Arguments", "Name")}, Figures=Figures)
    for source in (own, tool, spoken):
        exec(compile(source, str(DOCUMENT), "exec"), module.__dict__)
    monkeypatch.setattr(answers, "_ADAPTER", TypeAdapter(answers.Answer | module.__dict__["DewPointAnswer"]))
    return Page(module.__dict__)


@asynccontextmanager
async def damp_house(folder: Path, page: Page, **settings: Any) -> AsyncIterator[SmallHouse]:
    """A house with the page's tool at its desk, and nothing else changed."""
    async with small_house(folder, DAMP, **settings) as house:
        await house.devices.report("sensor.bathroom_temperature", 24.0)
        tool: Tool = page["dew_point_tool"](page["DewPoints"](house.questions, visible=house.roles.visible))
        house.desk = Desk([tool], audit=house.audit, timeout_seconds=5.0, policy=house.roles)
        yield house


async def test_it_answers_from_real_readings_and_says_so(tmp_path: Path, page: Page) -> None:
    async with damp_house(tmp_path, page) as house:
        result = await house.call("dew_point", may_act=False, room="the bathroom")
        assert result.verdict == "ok" and result.resolved == {"room": "Bathroom"}
        answer: Any = result.answer
        assert answer.value == pytest.approx(16.0, abs=0.1), "24 degrees and 61 percent, by any table"
        assert house.first_broken() is None


async def test_what_is_missing_is_told_with_what_there_is(tmp_path: Path, page: Page) -> None:
    async with damp_house(tmp_path, page) as house:
        unknown = await house.call("dew_point", room="ballroom")
        assert unknown.error is not None and unknown.verdict == "unknown_name" and unknown.error.suggestion
        dry = await house.call("dew_point", HERE, room=None)
        assert dry.verdict == "no_data", "the bedroom, in which it was asked, reports no humidity"
        assert (await house.call("dew_point", room=7)).verdict == "schema"
        assert (await house.call("dew_point", room="bathroom", insert=1)).verdict == "schema"


async def test_a_guest_learns_nothing_of_rooms_that_are_not_theirs(tmp_path: Path, page: Page) -> None:
    async with damp_house(tmp_path, page, guest=GuestSettings(rooms=["Kitchen"])) as house:
        assert (await house.call("dew_point", GUEST, may_act=False, room="bathroom")).verdict != "ok"


async def test_a_model_is_shown_a_strict_schema(tmp_path: Path, page: Page) -> None:
    async with damp_house(tmp_path, page) as house:
        [offer] = house.desk.offered(HERE, may_act=False)
        schema: Any = tool_schema(offer)["function"]
        assert schema["parameters"]["required"] == ["room"] and schema["parameters"]["additionalProperties"] is False
        assert schema["description"].startswith("The dew point of a room")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "In the bathroom it gets wet below 16 degrees."), ("de", "im Badezimmer wird es unter 16 Grad feucht.")],
)
def test_it_is_said_in_each_language(page: Page, language: str, said: str) -> None:
    [texts] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    say = Figures(zone=ZoneInfo("UTC"), units="metric", clock_ms=lambda: 0, language=language)
    room = {"en": "bathroom", "de": "badezimmer"}[language]
    answer = page["DewPointAnswer"](room=room, value=16.04, unit="celsius", at_ms=0)
    assert page["speak_dew_point"](answer, yaml.safe_load(texts)[language]["dew_point"], say) == said


def test_every_place_that_it_names_is_there() -> None:
    root = DOCUMENT.parent.parent
    named = set(re.findall(r"`?((?:assistant|config|sensors|tools|tests)/[\w/]+\.(?:py|yaml))", TEXT))
    new = {"tools/dew_point.py"}
    assert named > new and all((root / one).is_file() for one in named - new)
    assert "tools.dew_point" not in MODULES, "it is an example only"
