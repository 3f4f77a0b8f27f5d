"""Every intent of home-assistant-intents, and what becomes of it here: a tool, words of code, or the reason why not.

What is decided here and nowhere else is which sentences are loaded; `docs/sentences.md` is written from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What becomes of one intent."""

    example: str = ""
    """An English sentence of it that works in a house that has such a thing; empty where it has no tool."""
    why_not: str = ""
    """What to say of sentences of it that have no tool; where there is an example, of the others."""


_MEDIA = "A media player cannot be announced over MQTT discovery, so this house never holds one."
_LISTS = "There is no list here; a reminder keeps what has to be said at a time."
_PAUSE = "A timer that runs for nobody is soon forgotten: cancel it, and set it anew."

DECIDED: Mapping[str, Decided] = MappingProxyType(
    {
        "HassTurnOn": Decided(
            example="switch on the hob hood",
            why_not="Covers and valves are opened, locks locked, scenes activated, buttons pressed;"
            " scripts are not announced over MQTT.",
        ),
        "HassTurnOff": Decided(example="switch off the hob hood"),
        "HassGetState": Decided(
            example="are any lights on in the kitchen",
            why_not="People and zones are not told over MQTT discovery; a device tracker is asked as its own device.",
        ),
        "HassNevermind": Decided(example="never mind"),
        "HassRespond": Decided(
            example="what can i say", why_not="Only greetings and what can be asked; who made it is in README."
        ),
        "HassBroadcast": Decided(why_not="Nothing is said aloud in a room where nobody asked for it, but what rings."),
        "HassSetPosition": Decided(example="set the bedroom blinds to 40 percent"),
        "HassGetCurrentDate": Decided(example="what is the current date"),
        "HassGetCurrentTime": Decided(example="what is the time"),
        "HassLightSet": Decided(example="set the brightness in the kitchen to 40 percent"),
        "HassClimateSetTemperature": Decided(example="set the temperature in the bedroom to 20 degrees"),
        "HassClimateGetTemperature": Decided(example="what is the temperature in the kitchen"),
        "HassClimateSetFanMode": Decided(example="set the fan mode of the air conditioner to low"),
        "HassShoppingListAddItem": Decided(why_not=_LISTS),
        "HassShoppingListCompleteItem": Decided(why_not=_LISTS),
        "HassListAddItem": Decided(why_not=_LISTS),
        "HassListCompleteItem": Decided(why_not=_LISTS),
        "HassListRemoveItem": Decided(why_not=_LISTS),
        "HassGetWeather": Decided(
            why_not="Nothing here knows a forecast; an outdoor sensor is asked by its own name or place."
        ),
        "HassVacuumStart": Decided(example="start the robot"),
        "HassVacuumReturnToBase": Decided(example="return the robot to base"),
        "HassVacuumCleanArea": Decided(
            example="vacuum the kitchen",
            why_not="Over MQTT a vacuum takes no room: it is started for all that it cleans, and that is asked.",
        ),
        "HassMediaPause": Decided(why_not=_MEDIA),
        "HassMediaUnpause": Decided(why_not=_MEDIA),
        "HassMediaNext": Decided(why_not=_MEDIA),
        "HassMediaPrevious": Decided(why_not=_MEDIA),
        "HassMediaPlayerMute": Decided(why_not=_MEDIA),
        "HassMediaPlayerUnmute": Decided(why_not=_MEDIA),
        "HassMediaSearchAndPlay": Decided(why_not=_MEDIA),
        "HassSetVolume": Decided(why_not=_MEDIA),
        "HassSetVolumeRelative": Decided(why_not=_MEDIA),
        "HassStartTimer": Decided(
            example="set a timer for 5 minutes",
            why_not="An order that is to run later is refused: it is agreed to when it happens.",
        ),
        "HassCancelTimer": Decided(example="cancel the pizza timer", why_not="A room alone does not tell which timer."),
        "HassCancelAllTimers": Decided(example="cancel all timers"),
        "HassIncreaseTimer": Decided(example="add 5 minutes to the pizza timer"),
        "HassDecreaseTimer": Decided(example="take 5 minutes off the pizza timer"),
        "HassPauseTimer": Decided(why_not=_PAUSE),
        "HassUnpauseTimer": Decided(why_not=_PAUSE),
        "HassTimerStatus": Decided(example="pizza timer status"),
        "HassFanSetSpeed": Decided(example="set the ceiling fan speed to 50 percent"),
        "HassLawnMowerStartMowing": Decided(example="start mowing the lawn"),
        "HassLawnMowerDock": Decided(example="dock the lawn mower"),
    }
)

INTENTS = frozenset(name for name, decided in DECIDED.items() if decided.example)
"""Those that have a tool here, or words of code; the others are never loaded."""
