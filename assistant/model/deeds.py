"""Tells whether a text says that something was done, is being done or will be.

Pure, and English. A model's turn holds no receipt of an action, for acts end in a proposal to the person.
"""

import re

_DID = (
    r"(?:turned|switched|locked|unlocked|opened|closed|shut|set|changed|adjusted|dimmed|brightened|started|stopped|added"
    r"|inserted|created|saved|stored|recorded|written|deleted|removed|updated|scheduled|activated|deactivated|enabled"
    r"|disabled|armed|disarmed|raised|lowered|sent|logged|muted|unmuted|paused|unpaused?|resumed|told|instructed|returned|played|skipped)"
)
_DOING = (
    r"(?:turning|switching|locking|unlocking|opening|closing|shutting|setting|changing|adjusting|dimming|starting"
    r"|stopping|adding|inserting|creating|saving|storing|recording|deleting|removing|updating|scheduling|activating"
    r"|muting|pausing|resuming|skipping|playing|sending|returning|raising|lowering)"
)
_DONE_TO = (
    r"(?:turned|switched|set|changed|adjusted|dimmed|brightened|added|created|saved|stored|deleted|removed|updated"
    r"|scheduled|activated|deactivated|enabled|disabled|armed|disarmed|raised|lowered|sent|muted|unmuted|unpaused|resumed"
    r"|skipped)"
)
"""What things do not do by themselves."""
_DO = r"(?:turn|switch|lock|unlock|open|close|shut|insert|add|set|start|stop|send|change|adjust|dim|raise|lower)"
_SEEN = r"(?:detected|reported|received|measured|observed)"
_OPENER = r"(?:^|[.!?]\s+)(?:(?:ok(?:ay)?|sure|certainly|alright|yes)[,.!]?\s+)?"
_CLAIM = re.compile(
    # I turned, I'm opening, I will lock; but not: should I lock.
    r"(?<!should )(?<!shall )(?<!can )(?<!could )(?<!may )(?<!must )\b(?:i|we)(?:'ll|'m| will| am| did|'d)?\s+"
    rf"(?:just |now |also |already |successfully |going to )*(?:{_DID}|{_DOING}|{_DO})\b"
    # I have done anything but look.
    r"|\b(?:i|we)(?:'ve| have)\s+(?!no\b|not\b|never\b|found\b|checked\b|looked\b|only\b|the\b|an?\b|to\b|any\b)[a-z]+"
    # I put it on, I happily made it so; but not: I looked.
    r"|\b(?:i|we) (?:\w+ly |just |also )?"
    r"(?!apologi|ask|check|fail|found|hope|like|look|love|need|read|search|tri|want|wish)"
    r"(?:[a-z]+ed|did|gave|got|kept|let|made|made sure|ran|saw to|took|went)\b(?! not\b)|\b(?:i|we) put\b"
    # Something has been done to it; but not: has been closed since seven.
    rf"|\b(?:has|have)\s+(?:now |just )*been\s+(?:\w+ly )?(?:{_DID}|(?!{_SEEN}\b)\w+ed)\b(?!\s+(?:since|for)\b)"
    r"|\b(?:was|were|is|are|'s|'re)\s+(?:been |now |just |successfully |being )*"
    r"(?:added|inserted|created|saved|stored|written|deleted|removed|updated|activated|deactivated|set to)\b"
    rf"|\b(?:is|are|'s|'re)\s+(?:now |currently )?{_DOING}\b"
    r"|\b(?:is|are|'s|'re)\s+now\s+(?:\w+ )?"
    r"(?:on|off|open|opened|closed|shut|locked|unlocked|turned|switched|set|armed|dimmed|running|muted|paused)\b"
    rf"|\bnow\s+{_DID}\b"
    r"|\b(?:done|all set|success|successfully|accomplished|sorted|taken care of|(?:it|that) worked|here you go)\b"
    r"|\A\W*(?:on it|will do|right away|at once|no problem|consider it|got it|all good)\b"
    r"|\b(?:working on (?:it|that)|i'm on it|leave (?:it|that) to me|as you (?:wish|asked)|i shall(?! not\b))\b"
    rf"|{_OPENER}(?:completed|finished|task complete|{_DOING})\b"
    rf"|{_OPENER}{_DID}\s+(?!(?:since|for|at|about|by|today|yesterday|last|this|on \w+day)\b|\d)"
    # Light turned on; but not: the light was last turned on.
    rf"|{_OPENER}(?:(?!(?:is|are|was|were|be|been|not|last|i|has|have|had|can|could|did|that|which|how|when|if)\b)"
    rf"[\w'\"-]+\s+){{1,5}}{_DONE_TO}\b"
    r"|\b(?:has|have)\s+(?:now |just |already )?(?:started|stopped|returned|resumed|paused|begun|skipped|muted)\b"
    r"|\blet me\s+(?!know\b|see\b|think\b)\w+|\blet's\b|\b(?:i|we)(?:'ll| will)\s+(?!not\b|need\b|be able\b)\w+"
    r"|\A\W*(?:ok(?:ay)?|sure|certainly|alright)\W*\Z",
    re.IGNORECASE,
)
"""Words that a person would take for: it is done, or it is being done."""

EVENT = re.compile(rf"\b(?:was|were)\s+(?:last |first )?({_DID})\b", re.IGNORECASE)
"""What once happened to something, whoever did it."""


def claims_deed(text: str) -> bool:
    return _CLAIM.search(text) is not None
