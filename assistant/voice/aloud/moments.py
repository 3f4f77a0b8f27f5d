"""Days and times of day as they are written, in words."""

import re
from re import Match

from assistant.voice.aloud.numbers import Spelled
from config.spoken_forms import Aloud

_ISO_TIME = r"(?:[T ](?=\d\d:\d\d))?"
_ZONE = r"(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?(?!\w)"


class Moments:
    """Finds days and times in a text and says them."""

    def __init__(self, said: Aloud, spelled: Spelled) -> None:
        self._said = said
        self._spelled = spelled
        months = "|".join(said.dates.months)
        self._months = {name.lower(): number for number, name in enumerate(said.dates.months, 1)}
        dot = r"\.(?=\s?[^\W\d])" if said.ordinals.before_month else ""
        ordinal = f"(?:{'|'.join(said.ordinals.marks)})?" if said.ordinals.marks else ""
        year = r"(?:,?\s(?P<year>[12]\d{3})(?![\w:]|[.,]\d))?"
        of = rf"(?:{said.dates.of}\s)?" if said.dates.of else ""
        self._day_month = re.compile(
            rf"(?:(?P<before>\w+)\s)?(?<![\w.,:])(?P<day>[0-3]?\d){dot}{ordinal}\s?{of}(?P<month>{months})\b{year}",
            re.I,
        )
        self._month_day = re.compile(rf"\b(?P<month>{months})\s(?P<day>[0-3]?\d){ordinal}\b(?![.:,]\d){year}", re.I)
        self._iso = re.compile(r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])" + _ISO_TIME)
        self._numeric = re.compile(r"(?<![\w./])(?P<first>\d\d?)/(?P<second>\d\d?)/(?P<year>\d{4})(?![\w/])")
        self._dotted = re.compile(
            r"(?:(?P<before>\w+)\s)?(?<![\w.,])(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4}|\d\d(?!\d))?(?![\w.]\d)"
        )
        halves = "|".join(re.escape(half) for half in sorted(said.clock.halves, key=len, reverse=True))
        words = "|".join(re.escape(word) for word in said.clock.words) or r"(?!)"
        half = rf"(?:\s?(?P<half>{halves})(?!\w))?" if halves else "(?P<half>(?!))?"
        of_clock = r"(?P<hour>[01]?\d|2[0-4])"
        self._between = re.compile(rf"(?<=[{said.clock.marks}]\d\d)\s?[-–—]\s?(?=\d\d?[{said.clock.marks}]\d\d)")
        self._worded = re.compile(
            rf"(?<![\w:.,]){of_clock}\.(?P<minute>[0-5]\d)(?P<second>)(?P<half>)\s(?:{words})(?!\w)"
        )
        self._clock = re.compile(
            rf"(?<![\w:.,]){of_clock}[{said.clock.marks}](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\d:])"
            rf"(?:{_ZONE})?{half}(?:\s(?:{words})(?!\w))?"
        )
        self._hour = re.compile(rf"(?<![\w:.,])(?P<hour>1[0-2]|[1-9])\s?(?P<half>{halves or '(?!)'})(?!\w)")

    def __call__(self, text: str) -> str:
        text = self._days(text)
        text = self._between.sub(f" {self._said.numbers.range} ", text)
        text = self._worded.sub(self._time, self._clock.sub(self._time, text))
        return self._hour.sub(lambda match: self._of_half(int(match["hour"]), None, match["half"]), text)

    def _days(self, text: str) -> str:
        dates = self._said.dates
        text = self._iso.sub(lambda match: self._date(match, int(match["month"])) + " ", text)
        if "/" in text:
            text = self._numeric.sub(self._slashed, text)
        if dates.dotted:
            text = self._dotted.sub(lambda match: self._date(match, int(match["month"])), text)
        if self._said.dates.month_first:
            text = self._month_day.sub(lambda match: self._date(match, self._months[match["month"].lower()]), text)
        return self._day_month.sub(lambda match: self._date(match, self._months[match["month"].lower()]), text)

    def _slashed(self, match: Match[str]) -> str:
        first, second = int(match["first"]), int(match["second"])
        month_first = self._said.dates.month_first
        day, month = (second, first) if (month_first and first <= 12) or second > 12 else (first, second)
        return self._dated(match[0], day, month, match["year"], "")

    def _date(self, match: Match[str], month: int) -> str:
        found = match.groupdict()
        return self._dated(match[0], int(match["day"]), month, match["year"], found.get("before") or "")

    def _dated(self, written: str, day: int, month: int, year: str | None, before: str) -> str:
        """The day in words; as it is written where there is no such day."""
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return written
        dates, ordinals = self._said.dates, self._said.ordinals
        rule = ordinals.dotted.get(before.lower(), dates.day)
        said = dates.month.format(day=self._spelled.rule(day, rule), month=dates.months[month - 1])
        if year:
            said = dates.year.format(date=said, year=self.year(int(year)))
        # "the 3 November" has its article already.
        if before and said.lower().startswith(f"{before.lower()} "):
            before = ""
        return f"{before} {said}".strip()

    def year(self, year: int) -> str:
        return self._spelled.rule(year, self._said.numbers.year)

    def _time(self, match: Match[str]) -> str:
        hour, minute, half = int(match["hour"]), int(match["minute"]), match["half"]
        if hour == 24 and minute:
            return match[0]
        said = self._of_half(hour, minute, half) if half else self._of_day(hour % 24, minute)
        if match["second"] and int(match["second"]):
            seconds = self._spelled.whole(str(int(match["second"])))
            said = self._said.clock.seconds.format(clock=said, seconds=seconds)
        return said

    def _of_half(self, hour: int, minute: int | None, half: str) -> str:
        said = self._minutes(hour, minute) if minute else self._said_hour(hour)
        return f"{said} {self._said.clock.halves[half]}"

    def _of_day(self, hour: int, minute: int) -> str:
        clock = self._said.clock
        if clock.midnight and hour == minute == 0:
            return clock.midnight
        if not clock.twelve or 0 < hour <= 12:
            return self._minutes(hour, minute) if minute else clock.full.format(hour=self._said_hour(hour))
        said = self._minutes(hour % 12 or 12, minute) if minute else self._said_hour(hour % 12 or 12)
        return (clock.afternoon if hour > 12 else clock.forenoon).format(hour=said)

    def _minutes(self, hour: int, minute: int) -> str:
        template = self._said.clock.minutes if minute >= 10 else self._said.clock.early
        return template.format(hour=self._said_hour(hour), minute=self._spelled.whole(str(minute)))

    def _said_hour(self, hour: int) -> str:
        return self._spelled.rule(hour, self._said.numbers.hour)
