"""Everything that code says in one language, as its file has it (`config/replies/`): the shape, and no words.

What `{name}` and `{name:the}` stand for in a sentence is told in `config.spoken_words`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import model_validator

from config.spoken_now import Now
from config.spoken_words import Both, Deed, Grammar, Moments, Part, Periods, State, forms_in


class Fixed(Part):
    """Sentences that are always the same."""

    hello: str
    never_mind: str
    welcome: str
    not_caught: str
    too_long: str
    not_done: str
    expired: str
    nothing_pending: str
    not_waiting: str
    pin_needed: str
    pin_wrong: str
    console_needed: str
    acting_stopped: str
    switch_stuck: str
    store_broken: str
    model_failed: str
    model_misset: str
    model_spent: str
    model_too_dear: str
    stopped: str
    checking: str
    no_devices: str


class Loudness(Part):
    """How loud the assistant is from now on."""

    now: str
    loudest: str
    quietest: str
    silent: str
    limits: str


class Help(Part):
    """What is said to who does not know what to say."""

    can_do: str
    not_understood: str
    declined: str
    near: str
    """Instead of the latter, where `first` and `second` are near to what was asked."""
    near_one: str
    any_room: str
    any_light: str


class Requests(Part):
    """Where a sentence was not understood, or not all of it."""

    lost: str
    lost_all: str
    too_many: str
    several_are: str
    unclear: str
    cut: str


class Errors(Part):
    """Why something was not done or not found."""

    by_code: Mapping[str, str]
    unknown_name: str
    did_you_mean: str
    which: str
    or_one_of: str
    same_name: str
    not_supported: str
    it_can: str
    out_of_range: str
    it_can_be: str
    no_data: str
    rate_limited: str
    not_allowed: str
    incompatible: str
    other_reason: str
    reasons: Mapping[str, str]


class Gate(Part):
    """Questions before something is done, and what came of it."""

    question: str
    now: str
    at_console: str
    with_pin: str
    with_echo: str
    echo_needed: str
    already: str
    at_value: str
    changed_meanwhile: str
    sent: str
    not_sent: str
    not_answered: str
    still_says: str
    other_detail: str
    unfinished: str


class History(Part):
    """What was, over a period."""

    figure: str
    at: str
    figures: str
    item: str
    kinds: Mapping[str, str]
    known: str
    known_with_gap: str
    one_known: str
    was: str
    was_not: str
    has_been: str
    has_not_been: str
    counted: str
    lasted: str
    never_counted: str
    never_lasted: str
    sensed_counted: str
    sensed_lasted: str
    sensed_never: str
    last: str
    several: str
    none: str
    counted_item: str
    lasted_item: str
    others: str
    times: tuple[str, ...]
    many_times: str
    steady: str
    rising: str
    falling: str
    pace: str
    same: str
    higher: str
    lower: str
    was_higher: str
    was_lower: str
    side_counted: str
    side_lasted: str
    two_states: str
    of_all: str
    of_room: str
    of_thing: str
    of_state: str
    all_reporting: str
    silent: str
    silent_item: str
    never_heard: str
    and_more: str
    no_low_battery: str
    low_batteries: str
    low_battery: str
    low_battery_at: str


class Timers(Part):
    """Timers, alarms and reminders."""

    kinds: Mapping[str, Both]
    named: str
    sized: str
    at_clock: str
    reminder: str
    started: str
    set_in: str
    set_for: str
    remind: str
    in_length: str
    repeating: str
    left: str
    listed: str
    none: str
    none_of: str
    group: str
    short: str
    cancelled: str
    silenced: str
    counted: str
    days: Mapping[str, str]
    every_day_at: str
    timer_rings: str
    alarm_rings: str
    named_alarm_rings: str
    reminder_rings: str
    late: str
    late_ago: str
    late_why: str
    several_late: str
    several_missed: str
    late_item: str
    news: str
    news_late: str
    news_reminder: str
    news_rang: str


class Watches(Part):
    """What is watched for. `clause` is one of the first ones, as it follows `when` and `whether`."""

    state: str
    sensed: str
    came_home: str
    left_home: str
    somebody: str
    beyond: str
    done: str
    lasting: str
    set_once: str
    set_each: str
    lapses: str
    by_power: str
    by_word: str
    so_now: str
    not_running: str
    silent_now: str
    listed: str
    item: str
    none: str
    cancelled: str
    several_cancelled: str
    is_state: str
    has_been_state: str
    is_sensed: str
    has_been_sensed: str
    is_home: str
    is_away: str
    is_beyond: str
    has_been_beyond: str
    is_done: str
    lost: str
    lapsed: str
    late: str


class Notices(Part):
    """What the house tells by itself."""

    alarms: Mapping[str, str]
    """By kind of reading: what is said until somebody reacts."""
    over: str
    low_battery: str
    low_battery_at: str
    silent: str
    several_silent: str
    unreachable: str
    more_silent: str


class Summary(Part):
    """How a day was."""

    rooms: str
    one_room: str
    open: str
    all_closed: str
    done: str
    nothing_done: str
    told: str
    rang: str
    low: str
    silent: str
    quiet: str
    days: Mapping[str, str]


class Recall(Part):
    """What the assistant says of itself."""

    heard: str
    nothing_said: str
    nothing_done: str
    answered: str
    already: str
    asked: str
    model: str
    code: str
    reports: str
    reported: str
    reported_more: str
    reckoned: str
    refused: str
    did: str
    done: str
    all_done: str
    some_done: str
    never_says: str
    not_reported: str
    not_sent: str


class Spoken(Part):
    """All that code says in one language."""

    language: str
    fixed: Fixed
    requests: Requests
    loudness: Loudness
    help: Help
    errors: Errors
    gate: Gate
    now: Now
    history: History
    timers: Timers
    watches: Watches
    notices: Notices
    summary: Summary
    recall: Recall
    in_place: str
    of_thing: str
    by_itself: str
    quantities: Mapping[str, Both]
    states: Mapping[str, State]
    words: Mapping[str, str]
    """Colours and modes that devices have in common; any other word of a device's own is said as it is."""
    deeds: Mapping[str, Deed]
    units: Mapping[str, Both]
    scales: Mapping[str, str]
    moments: Moments
    periods: Periods
    grammar: Grammar

    @model_validator(mode="after")
    def _gaps_can_be_filled(self) -> "Spoken":
        """Raises ValueError for a form that the grammar does not have, or a brace without its other half."""
        for key, sentence in texts_of(self.model_dump()):
            try:
                unknown = forms_in(sentence) - self.grammar.forms.keys()
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from error
            if unknown:
                raise ValueError(f"{key}: the grammar has no form {', '.join(unknown)}")
        return self


def texts_of(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in it, with the dotted path of its key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from texts_of(one, f"{key}.{name}".lstrip("."))
    elif isinstance(value, tuple | list):
        for number, one in enumerate(value):
            yield from texts_of(one, f"{key}.{number}")
