"""What is noticed in a configuration that is taken all the same: codes that are counted, and what each means."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Note(StrEnum):
    UNKNOWN_UNIT = "unknown_unit"
    NO_UNIT = "no_unit"
    ODD_UNIT = "odd_unit"
    CODE_NEEDED = "code_needed"
    COMMAND_LEFT_OUT = "command_left_out"
    COLOR_LEFT_OUT = "color_left_out"
    TONES_LEFT_OUT = "tones_left_out"
    PATTERN_UNCHECKED = "pattern_unchecked"
    SEND_COMMAND_LEFT_OUT = "send_command_left_out"
    POSITION_ON_MAP_LEFT_OUT = "position_on_map_left_out"


MEANINGS: Mapping[Note, str] = MappingProxyType(
    {
        Note.UNKNOWN_UNIT: "its unit is not known here, so its numbers are kept as they come and cannot be converted",
        Note.NO_UNIT: "it names no unit, so its numbers are kept as plain numbers",
        Note.ODD_UNIT: "its unit does not measure what it says it measures, so its numbers are kept as they come",
        Note.CODE_NEEDED: "it wants a code, which nobody should say aloud: it can be asked about, but not told",
        Note.COMMAND_LEFT_OUT: "the template of one of its commands cannot be used, so it cannot be told that",
        Note.COLOR_LEFT_OUT: "its colours can be neither asked about nor set; on, off and brightness can",
        Note.TONES_LEFT_OUT: "its tones, volume and duration cannot be chosen; it sounds as the device does by itself",
        Note.PATTERN_UNCHECKED: "its texts must follow a pattern that only the device itself checks",
        Note.SEND_COMMAND_LEFT_OUT: "its maker's own commands cannot be sent; start, pause and the like can",
        Note.POSITION_ON_MAP_LEFT_OUT: "its place on the map is not kept; whether it is at home or at a named place is",
    }
)
