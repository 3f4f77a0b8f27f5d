"""Alarm panels. A code is never spoken: what needs one can be asked about and not told."""

import re

from sensors.dialects.draft import Draft
from sensors.dialects.notes import Note
from sensors.dialects.routes import one_of
from sensors.reading import STATE_ASPECT, Quantity, Verb

_STATES = (
    "disarmed armed_home armed_away armed_night armed_vacation armed_custom_bypass pending triggered arming disarming"
).split()
_ARMING = (
    (Verb.ARM_HOME, "arm_home", "armed_home"),
    (Verb.ARM_AWAY, "arm_away", "armed_away"),
    (Verb.ARM_NIGHT, "arm_night", "armed_night"),
    (Verb.ARM_VACATION, "arm_vacation", "armed_vacation"),
    (Verb.ARM_CUSTOM_BYPASS, "arm_custom_bypass", "armed_custom_bypass"),
)
_ALL = (*(feature for _, feature, _ in _ARMING), "trigger")
_USES_CODE = re.compile(r"\bcode\b")


def alarm_control_panel(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.ALARM)
    draft.route("state_topic", one_of(_STATES), "value_template")
    features = draft.words("supported_features", _ALL)
    for verb, feature, proof in _ARMING:
        if feature in features:
            _command(draft, verb, feature, proof, "code_arm_required")
    _command(draft, Verb.DISARM, "disarm", "disarmed", "code_disarm_required")
    if "trigger" in features:
        _command(draft, Verb.TRIGGER, "trigger", "triggered", "code_trigger_required")


def _command(draft: Draft, verb: Verb, feature: str, proof: str, required: str) -> None:
    asked_for = draft.has("code") and draft.flag(required, default=True)
    if asked_for or _USES_CODE.search(draft.text("command_template")):
        draft.note(Note.CODE_NEEDED)
        return
    payload = draft.text(f"payload_{feature}", feature.upper())
    draft.command(verb, payload, proof, template="command_template", variables={"action": payload})
