"""docs/models.md says what is so: its settings can be read, and it knows every line of a card."""

import re
import tomllib
from pathlib import Path

from fakes_endpoints import Nature, endpoint_like
from test_model_card import card_of

from config.model import ModelSettings

TEXT = (Path(__file__).parent.parent / "docs" / "models.md").read_text()


def test_every_piece_of_settings_holds() -> None:
    pieces = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert len(pieces) == 3
    for piece in pieces:
        ModelSettings.model_validate(tomllib.loads(piece)["model"])


async def test_every_line_of_a_card_is_explained() -> None:
    card = await card_of(endpoint_like(Nature()))
    explained = [line.split("|")[1].strip() for line in TEXT.partition("## What the card tells")[2].splitlines()[4:]]
    assert explained == [one.what for one in card.findings]
