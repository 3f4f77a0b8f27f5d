"""What a person can change about a microphone, by how loud the room and their speech are in it. Pure."""

from assistant.voice.levels import Fault, Levels, diagnosis

NO_WAKE_WORD = (
    'The wake word was not heard. Say "{word}" clearly, as one; if you did, come nearer, or choose another under'
    " [voice] in the settings: wake_word."
)
TURN = "{way} the recording level by about {decibels} dB: in `alsamixer` (F6, then F4), or with: {command}"
LOUD_ROOM = "The room itself is loud ({floor:.0f} dB): put the microphone away from what hums, and nearer to you."

_CLIPPED_STEP_DB = -10
_WANTED_DBFS = -26.0
_FAINT_DBFS = -36.0
_HEADROOM_DBFS = -6.0
_LEAST_STEP_DB = 3
_LOUD_ROOM_DBFS = -40.0


def gain_db(speech: Levels) -> int:
    """By how much the recording level should change, in decibels; 0 where it is good."""
    if diagnosis(speech).fault is Fault.CLIPPED:
        return _CLIPPED_STEP_DB
    if diagnosis(speech).fault is not Fault.NONE or speech.loud_dbfs >= _FAINT_DBFS:
        return 0
    wanted = min(_WANTED_DBFS - speech.loud_dbfs, _HEADROOM_DBFS - speech.peak_dbfs)
    return round(wanted) if wanted >= _LEAST_STEP_DB else 0


def advice(room: Levels, speech: Levels, *, wake_word_heard: bool, wake_word: str) -> tuple[str, ...]:
    """What is wrong and what to do, a sentence each; none where all is well.

    `room` is of a moment in which nobody spoke, `speech` of one in which somebody said the wake word.
    """
    found = diagnosis(speech, speaking=True)
    said = [found.sentence] if found.fault is not Fault.NONE else []
    if step := gain_db(speech):
        said.append(_turned(step))
    if room.floor_dbfs > _LOUD_ROOM_DBFS and found.fault is not Fault.CLIPPED:
        said.append(LOUD_ROOM.format(floor=room.floor_dbfs))
    if not wake_word_heard and found.fault not in (Fault.NOTHING_CAME, Fault.SILENT):
        said.append(NO_WAKE_WORD.format(word=wake_word))
    return tuple(said)


def _turned(step: int) -> str:
    command = f"pactl set-source-volume @DEFAULT_SOURCE@ {step:+d}dB"
    return TURN.format(way="Raise" if step > 0 else "Lower", decibels=abs(step), command=command)
