"""A German house is spoken to in German: each kind of answer as a German would say it, and no English word in any."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant.replies.figures import Figures
from assistant.replies.periods import period_words
from assistant.replies.recall import because_reckoned, because_refused, because_reported, did, why
from assistant.replies.replies import Replies
from assistant.replies.timers import news, ring_sentences
from config.asking import Ask
from config.language import load_replies
from config.spoken import texts_of
from sensors.home import House
from sensors.periods import Period, Span
from sensors.reading import STATES, Quantity, Verb
from tools.answers import (
    Action,
    AggregateAnswer,
    AggregateRow,
    AlreadyAnswer,
    Answer,
    CompareAnswer,
    ExampleAnswer,
    HouseAnswer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    ProposalAnswer,
    Row,
    Side,
    StateAnswer,
    StateRow,
    TimerRow,
    TimersAnswer,
    TimersCancelledAnswer,
    TimerSetAnswer,
    TrendAnswer,
    TrendRow,
    UpkeepAnswer,
)
from tools.chosen import SeveralNamed
from tools.contract import ErrorCode, ToolError
from tools.executor import Done, Receipt
from tools.proposals import Unfinished
from tools.reasons import Reason
from tools.timers import Ring
from tools.watch_answers import (
    DaySummaryAnswer,
    Extreme,
    WatchesAnswer,
    WatchesCancelledAnswer,
    WatchRow,
    WatchSetAnswer,
)
from tools.watch_answers import Deed as WatchDeed

BERLIN = ZoneInfo("Europe/Berlin")
NOW_MS = int(datetime(2026, 11, 20, 18, 5, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000
SPAN = Span(start_ms=NOW_MS - 24 * HOUR_MS, end_ms=NOW_MS)
GERMAN = Replies(zone=BERLIN, units="metric", clock_ms=lambda: NOW_MS, language="de")
SAY = Figures(zone=BERLIN, units="metric", clock_ms=lambda: NOW_MS, language="de")

BEDROOM = Row(
    entity_id="x", name="schlafzimmer", room="Schlafzimmer", quantity=Quantity.TEMPERATURE, value=21.53,
    unit="celsius", at_ms=NOW_MS - HOUR_MS, seen_ms=NOW_MS - HOUR_MS,
)  # fmt: skip
KITCHEN = replace(BEDROOM, name="küche", room="Küche", value=19.0)
WASHER = replace(BEDROOM, name="waschmaschine", room="Keller", quantity=Quantity.POWER, value=2100.0, unit="watts")
DOOR = replace(BEDROOM, name="haustür", room="Flur", quantity=Quantity.LOCK, value="locked", unit=None)
BLINDS = replace(DOOR, name="rollläden", quantity=Quantity.COVER, value="open")
WINDOW = replace(DOOR, name="küchenfenster", quantity=Quantity.WINDOW, value="open")
HALL = replace(DOOR, name="flur", quantity=Quantity.MOTION, value="detected")
LAMP = Action(entity_id="x", name="küchenlicht", quantity=Quantity.LIGHT, verb=Verb.TURN_ON)
LOCK = Action(entity_id="x", name="haustür", quantity=Quantity.LOCK, verb=Verb.UNLOCK)
HEAT = Action(
    entity_id="x", name="heizung im bad", quantity=Quantity.CLIMATE, verb=Verb.SET_TEMPERATURE, value=21.5,
    unit="celsius",
)  # fmt: skip
PROPOSAL = ProposalAnswer(proposal_id="p", actions=(LOCK,), ask=Ask.NOUN, echo="haustür", now_state="locked")


def aggregate(kind: str, row: Row, value: float, **more: object) -> AggregateAnswer:
    one = AggregateRow(name=row.name, room=row.room, entity_id="x", value=value, unit=row.unit, covered=1.0)
    rows = (replace(one, **more),)
    return AggregateAnswer(kind=kind, quantity=row.quantity, period="yesterday", span=SPAN, rows=rows)


def states(kind: str, row: Row, period: str, **more: object) -> StateAnswer:
    one = StateRow(name=row.name, room=row.room, entity_id="x", covered=1.0)
    return StateAnswer(
        kind=kind, quantity=row.quantity, state="detected" if row is HALL else "open", period=period, span=SPAN,
        rows=(replace(one, **more),),
    )  # fmt: skip


def trend(direction: str, per_hour: float) -> TrendAnswer:
    row = TrendRow(
        name="schlafzimmer", room="Schlafzimmer", entity_id="x", direction=direction, per_hour=per_hour, first=19.0,
        last=21.0, unit="celsius", covered=1.0,
    )  # fmt: skip
    return TrendAnswer(quantity=Quantity.TEMPERATURE, period="last_3_hours", span=SPAN, rows=(row,))


def side(row: Row, value: float, period: str | None = None) -> Side:
    return Side(name=row.name, room=row.room, entity_id="x", value=value, unit=row.unit, period=period)


def compared(kind: str, first: Side, second: Side, state: str | None = None) -> CompareAnswer:
    quantity = Quantity.TEMPERATURE if state is None else Quantity.WINDOW
    by_period = first.period is not None
    return CompareAnswer(kind=kind, quantity=quantity, state=state, first=first, second=second, by_period=by_period)


def timer(kind: str = "timer", seconds: int | None = 600, **more: object) -> TimerRow:
    row = TimerRow(
        kind=kind, name=None, message=None, seconds=seconds, day=None, due_ms=NOW_MS + 14 * HOUR_MS, left_seconds=210
    )
    return replace(row, **more)


ALARM = timer("alarm", None)
MUM = timer("reminder", 7200, message="Mama anrufen")

WASHED = WatchRow(
    names=("waschmaschine",), room="Waschküche", quantity=Quantity.POWER, state=None, comparison="below", limit=10.0,
    unit="watts", done=True, hold_seconds=180, each_time=False, lapses_ms=NOW_MS,
)  # fmt: skip
LEFT_OPEN = WatchRow(
    names=("haustür",), room="Flur", quantity=Quantity.DOOR, state="open", comparison=None, limit=None, unit=None,
    done=False, hold_seconds=300, each_time=False, lapses_ms=NOW_MS,
)  # fmt: skip
HIGH = Extreme(
    name="schlafzimmer", room="Schlafzimmer", quantity=Quantity.TEMPERATURE, value=24.0, unit="celsius", at_ms=NOW_MS
)
A_DAY = DaySummaryAnswer(
    day="today", warmest=HIGH, coldest=replace(HIGH, name="küche", room="Küche", value=18.0), has_openings=True,
    open_now=("badfenster",), low_batteries=("bewegungsmelder batterie",), silent=(), knows_deeds=True,
    deeds=(WatchDeed(name="küchenlicht", verb=Verb.TURN_ON, value=None, unit=None),), done=2,
    told=("die Haustür ist offen",), told_count=1, rang=1,
)  # fmt: skip

ANSWERS: list[tuple[Answer, str]] = [
    (LatestAnswer(rows=(BEDROOM,)), "Die Temperatur im Schlafzimmer beträgt 21,5 Grad."),
    (LatestAnswer(rows=(KITCHEN,)), "Die Temperatur in der Küche beträgt 19 Grad."),
    (
        LatestAnswer(rows=(replace(KITCHEN, name="anbau 2", room="Anbau 2"),)),
        "Die Temperatur im Anbau 2 beträgt 19 Grad.",
    ),
    (
        LatestAnswer(rows=(replace(KITCHEN, name="sternwarte x", room="Sternwarte X"),)),
        "Die Temperatur im Raum Sternwarte X beträgt 19 Grad.",
    ),
    (LatestAnswer(rows=(BEDROOM, KITCHEN)), "Schlafzimmer 21,5 Grad und Küche 19 Grad."),
    (LatestAnswer(rows=(WASHER,)), "Die Leistung der Waschmaschine beträgt 2100 Watt."),
    (
        LatestAnswer(rows=(replace(WASHER, name="fernseher", stale=True),)),
        "Die Leistung des Fernsehers beträgt 2100 Watt. Die letzte Meldung kam vor 60 Minuten, das kann also"
        " veraltet sein.",
    ),
    (LatestAnswer(rows=(replace(WASHER, name="shelly 3"),)), "Die Leistung von Shelly 3 beträgt 2100 Watt."),
    (
        LatestAnswer(rows=(replace(WASHER, name="waschmaschine power"),)),
        "Die Leistung der Waschmaschine beträgt 2100 Watt.",
    ),
    (
        LatestAnswer(rows=(replace(BEDROOM, name="außentemperatur", room=None),)),
        "Die Außentemperatur beträgt 21,5 Grad.",
    ),
    (
        aggregate("minimum", replace(BEDROOM, name="außentemperatur", room=None), -3.0),
        "Die niedrigste Außentemperatur betrug gestern -3 Grad.",
    ),
    (LatestAnswer(rows=(DOOR,), asked_state="locked"), "Ja, die Haustür ist abgeschlossen."),
    (LatestAnswer(rows=(DOOR,), asked_state="unlocked"), "Nein, die Haustür ist abgeschlossen."),
    (LatestAnswer(rows=(BLINDS,)), "Die Rollläden sind offen."),
    (
        LatestAnswer(rows=(replace(BLINDS, reachable=False),)),
        "Die Rollläden sind offen. Allerdings besteht gerade keine Verbindung; die letzte Meldung kam vor 60 Minuten.",
    ),
    (LatestAnswer(rows=(HALL,)), "Im Flur wird Bewegung erkannt."),
    (LatestAnswer(rows=(replace(HALL, value="clear"),)), "Im Flur wird keine Bewegung erkannt."),
    (
        LatestAnswer(rows=(replace(HALL, name="rauchmelder", quantity=Quantity.SMOKE, value="clear"),)),
        "Beim Rauchmelder wird kein Rauch erkannt.",
    ),
    (
        ListAnswer(
            quantity=Quantity.TEMPERATURE, rows=(BEDROOM,), considered=4, comparison="above", threshold=21,
            unit="celsius",
        ),
        "Ein Raum liegt über 21 Grad: das Schlafzimmer mit 21,5 Grad.",
    ),
    (
        ListAnswer(
            quantity=Quantity.TEMPERATURE, rows=(), considered=4, comparison="below", threshold=17.5, unit="celsius"
        ),
        "Von 4 Werten liegt keiner unter 17,5 Grad.",
    ),
    (
        ListAnswer(quantity=Quantity.WINDOW, rows=(WINDOW,), considered=4, state="open"),
        "Ein Fenster ist offen: das Küchenfenster.",
    ),
    (
        ListAnswer(quantity=Quantity.LOCK, rows=(DOOR, replace(DOOR, name="hintertür")), considered=2, state="locked"),
        "2 Schlösser sind abgeschlossen: die Haustür und die Hintertür.",
    ),
    (ListAnswer(quantity=Quantity.DOOR, rows=(), considered=3, state="open"), "Keine Tür ist offen."),
    (ListAnswer(quantity=Quantity.LIGHT, rows=(), considered=1, state="on"), "Es gibt nur eins, und das ist nicht an."),
    (ListAnswer(quantity=Quantity.MOTION, rows=(), considered=3, state="detected"), "Es wird keine Bewegung erkannt."),
    (
        ListAnswer(quantity=Quantity.MOTION, rows=(HALL,), considered=3, state="detected"),
        "Bewegung wird erkannt: im Flur.",
    ),
    (
        LastChangeAnswer(
            name="haustür", quantity=Quantity.DOOR, state="open", at_ms=NOW_MS - 3 * HOUR_MS, now_state="closed",
            recorded_since_ms=0,
        ),
        "Die Haustür wurde zuletzt heute um 16 Uhr 5 geöffnet, vor 3 Stunden. Jetzt ist sie geschlossen.",
    ),
    (
        LastChangeAnswer(
            name="flur", quantity=Quantity.MOTION, state="detected", at_ms=NOW_MS - HOUR_MS // 2, now_state="detected",
            recorded_since_ms=0,
        ),
        "Im Flur wurde zuletzt heute um 18 Uhr 35 Bewegung erkannt, vor 30 Minuten.",
    ),
    (
        LastChangeAnswer(
            name="hintertür", quantity=Quantity.DOOR, state="open", at_ms=None, now_state="closed",
            recorded_since_ms=NOW_MS - 50 * HOUR_MS,
        ),
        "Die Hintertür war nicht offen, seit ich das aufzeichne. Angefangen habe ich am Mittwoch um 17 Uhr 5.",
    ),
    (
        LastChangeAnswer(
            name="bewegungsmelder flur", quantity=Quantity.MOTION, state="detected", at_ms=None, now_state="clear",
            recorded_since_ms=NOW_MS - 50 * HOUR_MS,
        ),
        "Beim Bewegungsmelder Flur wurde keine Bewegung erkannt, seit ich das aufzeichne."
        " Angefangen habe ich am Mittwoch um 17 Uhr 5.",
    ),
    (
        aggregate("mean", BEDROOM, 20.04, covered=0.5),
        "Die durchschnittliche Temperatur im Schlafzimmer betrug gestern 20 Grad. Ich habe für 50 Prozent dieser Zeit"
        " Daten.",
    ),
    (
        aggregate("maximum", KITCHEN, 24.0, at_ms=NOW_MS - 28 * HOUR_MS),
        "Die höchste Temperatur in der Küche betrug gestern 24 Grad, und zwar gestern um 15 Uhr 5.",
    ),
    (
        aggregate("total", replace(WASHER, quantity=Quantity.ENERGY, unit="kilowatt_hours"), 1.24),
        "Der gesamte Verbrauch der Waschmaschine betrug gestern 1,24 Kilowattstunden.",
    ),
    (
        aggregate(
            "mean", BEDROOM, 20.0, covered=0.7,
            gaps=(Span(start_ms=NOW_MS - 20 * HOUR_MS, end_ms=NOW_MS - 12 * HOUR_MS),),
        ),
        "Die durchschnittliche Temperatur im Schlafzimmer betrug gestern 20 Grad. Ich habe für 70 Prozent dieser Zeit"
        " Daten; die längste Lücke begann gestern um 23 Uhr 5 und dauerte 8 Stunden.",
    ),
    (
        states("count", WINDOW, "today", count=3, last_at_ms=NOW_MS - HOUR_MS),
        "Das Küchenfenster wurde heute dreimal geöffnet, zuletzt heute um 18 Uhr 5.",
    ),
    (states("count", WINDOW, "since_monday", count=0), "Das Küchenfenster wurde seit Montag nicht geöffnet."),
    (
        states("duration", WINDOW, "last_week", seconds=7800),
        "Das Küchenfenster war letzte Woche 2 Stunden und 10 Minuten lang offen.",
    ),
    (states("duration", WINDOW, "yesterday", seconds=0), "Das Küchenfenster war gestern nicht offen."),
    (states("count", HALL, "this_morning", count=5), "Im Flur wurde heute Morgen fünfmal Bewegung erkannt."),
    (states("count", HALL, "last_night", count=0), "Im Flur wurde letzte Nacht keine Bewegung erkannt."),
    (
        trend("rising", 0.7),
        "Die Temperatur im Schlafzimmer steigt: in den letzten 3 Stunden von 19 Grad auf 21 Grad,"
        " etwa 0,7 Grad pro Stunde.",
    ),
    (
        trend("steady", 0.0),
        "Die Temperatur im Schlafzimmer ist in den letzten 3 Stunden gleich geblieben, bei etwa 21 Grad.",
    ),
    (
        compared("latest", side(BEDROOM, 21.0), side(KITCHEN, 19.5)),
        "Die Temperatur ist im Schlafzimmer um 1,5 Grad höher als in der Küche: 21 Grad gegenüber 19,5 Grad.",
    ),
    (
        compared("mean", side(BEDROOM, 19.0, "today"), side(BEDROOM, 21.0, "yesterday")),
        "Die durchschnittliche Temperatur im Schlafzimmer war heute um 2 Grad niedriger als gestern: 19 Grad gegenüber"
        " 21 Grad.",
    ),
    (
        compared("count", side(WINDOW, 3.0), side(replace(WINDOW, name="badfenster"), 0.0), "open"),
        "Geöffnet: das Küchenfenster dreimal, das Badfenster gar nicht.",
    ),
    (
        UpkeepAnswer(kind="not_reporting", rows=(replace(BEDROOM, name="gartenthermometer"),), never=(), considered=7),
        "Ein Gerät meldet sich nicht mehr. Zuletzt gehört: das Gartenthermometer, vor 60 Minuten.",
    ),
    (
        UpkeepAnswer(kind="not_reporting", rows=(), never=("gartentor", "klingel"), considered=7),
        "Noch nie gemeldet haben sich das Gartentor und die Klingel.",
    ),
    (UpkeepAnswer(kind="not_reporting", rows=(), never=(), considered=7), "Alle 7 Geräte melden sich."),
    (
        UpkeepAnswer(
            kind="low_battery", rows=(replace(DOOR, name="rauchmelder", value=9.0, unit="percent"),), never=(),
            considered=7,
        ),
        "Eine Batterie ist schwach: der Rauchmelder mit 9 Prozent.",
    ),
    (HouseAnswer(topic="rooms", where=None, names=("küche", "gäste-wc")), "Es gibt 2 Räume: Küche und Gäste-WC."),
    (HouseAnswer(topic="devices", where="küche", names=("herd",)), "Es gibt in der Küche ein Gerät: Herd."),
    (HouseAnswer(topic="devices", where="balkon", names=("grill", "markise")),
     "Es gibt auf dem Balkon 2 Geräte: Grill und Markise."),
    (
        ExampleAnswer(row=BEDROOM),
        "So sieht ein Messwert aus: Schlafzimmer, Temperatur 21,5 Grad Celsius, gemessen heute um 18 Uhr 5."
        " Der ist echt; ich habe nichts hinzugefügt.",
    ),
    (PROPOSAL, "Soll ich die Haustür aufschließen? Gerade ist sie abgeschlossen. Sag: ja, Haustür."),
    (
        replace(
            PROPOSAL, actions=(LAMP, replace(LAMP, name="stehlampe"), HEAT), ask=Ask.YES, echo=None, now_state=None
        ),
        "Soll ich das Küchenlicht und die Stehlampe einschalten und die Heizung im Bad auf 21,5 Grad stellen?",
    ),
    (
        replace(PROPOSAL, ask=Ask.PIN, now_state=None),
        "Soll ich die Haustür aufschließen? Sag: ja, Haustür, und dann die PIN.",
    ),
    (
        replace(PROPOSAL, actions=(replace(HEAT, verb=Verb.SET_MODE, value="heat", unit=None),), ask=Ask.YES, echo=None,
                now_state="cool"),
        "Soll ich die Betriebsart der Heizung im Bad auf Heizen stellen? Gerade ist sie auf Kühlen gestellt.",
    ),
    (AlreadyAnswer(names=("küchenlicht",), state="on"), "Das Küchenlicht ist schon an."),
    (AlreadyAnswer(names=("rollläden",), state=40.0, unit="percent"), "Die Rollläden sind schon auf 40 Prozent."),
    (TimerSetAnswer(row=timer(name="nudel")), "Nudel-Timer, 10 Minuten, ab jetzt."),
    (TimerSetAnswer(row=ALARM), "Wecker gestellt: morgen um 9 Uhr 5."),
    (
        TimerSetAnswer(row=replace(ALARM, day="every_monday")),
        "Wecker gestellt: jeden Montag um 9 Uhr 5, zum ersten Mal morgen um 9 Uhr 5.",
    ),
    (TimerSetAnswer(row=MUM), "Ich erinnere dich in 2 Stunden: Mama anrufen."),
    (TimerSetAnswer(row=replace(MUM, seconds=3 * 86_400)), "Ich erinnere dich in 3 Tagen: Mama anrufen."),
    (TimerSetAnswer(row=timer(), extended=True), "Timer über 10 Minuten, noch 3,5 Minuten."),
    (TimersAnswer(kind="alarm", named=False, rows=()), "Es sind keine Wecker gestellt."),
    (
        TimersAnswer(kind=None, named=False, rows=(timer(), timer(name="tee"), ALARM)),
        "2 Timer: 10 Minuten, noch 3,5 Minuten; Tee, noch 3,5 Minuten. 1 Wecker: morgen um 9 Uhr 5.",
    ),
    (TimersCancelledAnswer(kind=None, every=False, rows=(timer(name="tee"),)), "Gelöscht: Tee-Timer."),
    (TimersCancelledAnswer(kind=None, every=True, rows=(timer(), timer(), MUM)), "Gelöscht: 2 Timer und 1 Erinnerung."),
    (
        WatchSetAnswer(row=WASHED, lasts_seconds=7 * 86_400, not_running=True),
        "Ich sage dir einmal Bescheid, wenn die Waschmaschine fertig ist, also wenn die Leistung 3 Minuten lang unter"
        " 10 Watt liegt. Gerade läuft nichts, ich meine also das nächste Mal. Ich achte 7 Tage lang darauf.",
    ),
    (
        WatchesAnswer(rows=(WASHED, LEFT_OPEN)),
        "Ich achte auf 2 Dinge: wenn die Waschmaschine fertig ist und wenn die Haustür 5 Minuten lang offen ist.",
    ),
    (WatchesAnswer(rows=()), "Ich achte gerade auf nichts."),
    (
        WatchesCancelledAnswer(rows=(LEFT_OPEN,)),
        "Ich achte nicht mehr darauf, ob die Haustür 5 Minuten lang offen ist.",
    ),
    (WatchesCancelledAnswer(rows=(LEFT_OPEN, WASHED)), "Ich achte auf 2 Dinge nicht mehr."),
    (
        A_DAY,
        "Am wärmsten war es im Schlafzimmer mit 24 Grad um 19 Uhr 5, am kältesten in der Küche mit 18 Grad um"
        " 19 Uhr 5."
        " Jetzt offen: das Badfenster. Schwache Batterien: der Bewegungsmelder. Gemeldet habe ich: die Haustür ist"
        " offen. Heute habe ich 2 Dinge erledigt, zuletzt: das Küchenlicht einschalten.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), ANSWERS, ids=lambda one: type(one).__name__)
def test_each_answer_is_what_a_german_would_say(answer: Answer, words: str) -> None:
    assert GERMAN.answer(answer) == words


def test_no_kind_of_answer_is_left_out() -> None:
    assert {type(answer) for answer, _ in ANSWERS} == set(Answer.__args__)


@pytest.mark.parametrize(
    ("done", "now", "words"),
    [
        (Done.DONE, "on", "Das Küchenlicht ist jetzt an."),
        (
            Done.NOT_REPORTED,
            "off",
            "Ich habe es an das Küchenlicht gesendet, aber keine Rückmeldung bekommen. Gemeldet ist immer noch: aus.",
        ),
        (
            Done.NOT_REPORTED,
            None,
            "Ich habe es an das Küchenlicht gesendet, aber keine Rückmeldung bekommen. Ob es geklappt hat, weiß ich"
            " nicht.",
        ),
        (
            Done.CHANGED_MEANWHILE,
            None,
            "Das Küchenlicht hat sich geändert, seit du gefragt hast. Darum habe ich nichts getan."
            " Sag es bitte noch einmal.",
        ),
        (Done.SENT, None, "Ich habe es an das Küchenlicht gesendet. Ob es geklappt hat, erfahre ich von dort nie."),
        (Done.NOT_SENT, None, "Ich konnte nichts an das Küchenlicht senden: ich habe keine Verbindung."),
    ],
)
def test_receipts(done: Done, now: str | None, words: str) -> None:
    assert GERMAN.receipts([Receipt(action=LAMP, done=done, now_state=now, detail="no connection")]) == words


def test_receipts_of_several_things() -> None:
    receipts = [Receipt(action=one, done=Done.DONE) for one in (LAMP, replace(LAMP, name="ventilator"), LOCK)]
    assert GERMAN.receipts(receipts) == (
        "Das Küchenlicht und der Ventilator sind jetzt an. Die Haustür ist jetzt aufgeschlossen."
    )
    stopped = Receipt(action=LAMP, done=Done.NOT_SENT, detail=Reason.ACTING_OFF)
    assert GERMAN.receipts([stopped]) == "Ich konnte nichts an das Küchenlicht senden: das Schalten ist abgestellt."
    left = Unfinished(id="p", satellite="k", names=("haustür",), at_ms=NOW_MS - 2 * HOUR_MS)
    assert GERMAN.unfinished(left).startswith(
        "Bevor ich neu gestartet wurde, heute um 17 Uhr 5, war ich dabei, die Haustür zu schalten."
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ToolError(
                ErrorCode.UNKNOWN_NAME, Reason.NOT_CALLED, received="stehlampe", suggestion=["leselampe", "küche"]
            ),
            "Ich kenne nichts, das Stehlampe heißt. Meinst du die Leselampe oder die Küche?",
        ),
        (
            SeveralNamed("lampe", ["leselampe", "deckenlicht", "stehlampe", "kugel", "kette"], count=6),
            "Was meinst du: die Leselampe, das Deckenlicht, die Stehlampe oder die Kugel?"
            " Oder frag noch einmal mit dem Namen von einem der 2 anderen.",
        ),
        (
            ToolError(
                ErrorCode.NOT_SUPPORTED, Reason.CANNOT_DO, facts={"verb": "open"}, received="stehlampe",
                suggestion=["turn_on", "turn_off"],
            ),
            "Das geht mit der Stehlampe nicht: öffnen kennt das Gerät nicht. Möglich ist: einschalten und ausschalten.",
        ),
        (
            ToolError(
                ErrorCode.OUT_OF_RANGE, Reason.OUT_OF_BOUNDS, facts={"low": 5.0, "high": 27.5, "unit": "celsius"},
                suggestion=[5.0, 27.5],
            ),
            "Das geht nicht: der Wert muss zwischen 5 und 27,5 Grad liegen.",
        ),
        (
            ToolError(ErrorCode.OUT_OF_RANGE, Reason.NO_SETTING, suggestion=["heat", "fan_only", "turbo"]),
            "Das geht nicht: diese Einstellung gibt es nicht. Möglich ist: Heizen oder Lüften oder turbo.",
        ),
        (ToolError(ErrorCode.NO_DATA, Reason.NOTHING_RECORDED), "Dazu ist noch nichts aufgezeichnet."),
        (
            ToolError(ErrorCode.RATE_LIMITED, Reason.ASKED_ENOUGH, facts={"times": 4, "minutes": 1}),
            "Ich habe 4-mal gefragt und kein Ja bekommen, darum warte ich; frag mich in einer Minute noch einmal.",
        ),
        (ToolError(ErrorCode.NOT_ALLOWED, Reason.ACTING_OFF), "Das tue ich nicht: das Schalten ist abgestellt."),
        (
            ToolError(ErrorCode.INCOMPATIBLE, Reason.WRONG_UNIT, facts={"quantity": "temperature", "unit": "watts"}),
            "Das passt nicht zusammen: die Temperatur wird nicht in Watt gemessen.",
        ),
        (
            ToolError(ErrorCode.OUT_OF_RANGE, Reason.NAME_TAKEN, facts={"kind": "reminder", "name": "müll"}),
            "Das geht nicht: eine Erinnerung mit dem Namen Müll ist schon gestellt.",
        ),
        (ToolError(ErrorCode.NO_DATA, Reason.NONE_OF_KIND, facts={"kind": "alarm"}), "Es ist kein Wecker gestellt."),
        (
            ToolError(ErrorCode.TIMEOUT, "query_sensors took longer than 3 s"),
            "Das Nachsehen hat zu lange gedauert, darum habe ich aufgehört. Frag bitte nach weniger, oder versuch es"
            " noch einmal.",
        ),
    ],
    ids=lambda one: one.code if isinstance(one, ToolError) else "",
)  # fmt: skip
def test_errors(error: ToolError, words: str) -> None:
    assert GERMAN.error(error) == words


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("today", "heute"),
        ("yesterday_evening", "gestern Abend"),
        ("last_hour", "in der letzten Stunde"),
        ("last_3_hours", "in den letzten 3 Stunden"),
        ("last_2_weeks", "in den letzten 2 Wochen"),
        ("monday", "am Montag"),
        ("friday_evening", "am Freitagabend"),
        ("friday_night", "am Freitag in der Nacht"),
        ("weekend", "am Wochenende"),
        ("3_days_ago", "vor 3 Tagen"),
        ("march", "im März"),
        ("march_2025", "im März 2025"),
        ("november_5", "am 5. November"),
        ("november_5_2025_evening", "am 5. November 2025 am Abend"),
        ("2026-11-05", "am 5. November 2026"),
        ("since_monday", "seit Montag"),
        ("since_last_week", "seit letzter Woche"),
        ("since_november_5", "seit dem 5. November"),
        ("since_weekend", "seit dem Wochenende"),
        ("since_8", "seit 8 Uhr"),
        ("since_8_pm", "seit 20 Uhr"),
        ("since_18:30", "seit 18 Uhr 30"),
    ],
)
def test_periods(period: str, words: str) -> None:
    assert period_words(period, SAY) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.5, "heute um 18 Uhr 35, vor 30 Minuten"),
        (20, "gestern um 23 Uhr 5, vor 20 Stunden"),
        (50, "am Mittwoch um 17 Uhr 5, vor 2 Tagen"),
        (24 * 10, "am 10. November um 19 Uhr 5, vor 10 Tagen"),
        (24 * 400, "am 16. Oktober 2025 um 20 Uhr 5, vor 400 Tagen"),
    ],
)
def test_times(hours: float, words: str) -> None:
    at_ms = NOW_MS - round(hours * HOUR_MS)
    assert f"{SAY.when(at_ms)}, {SAY.ago(at_ms)}" == words
    assert GERMAN.time_now() == "Es ist 19 Uhr 5."
    assert GERMAN.date_today() == "Heute ist Freitag, der 20. November 2026."


def ring(kind: str = "timer", due_ms: int = NOW_MS, **more: object) -> Ring:
    blank = Ring(
        id=1, kind=kind, name=None, message=None, satellite="k", room=None, seconds=600, due_ms=due_ms, rang_ms=due_ms,
        unheard=False,
    )  # fmt: skip
    return replace(blank, **more)


@pytest.mark.parametrize(
    ("rings", "words"),
    [
        ([ring()], "Timer über 10 Minuten ist abgelaufen."),
        ([ring("alarm", seconds=None)], "Wecker: Es ist 19 Uhr 5."),
        ([ring("reminder", message="Mama anrufen")], "Erinnerung: Mama anrufen."),
        (
            [ring(name="nudel", due_ms=NOW_MS - 2 * HOUR_MS)],
            "Nudel-Timer war um 17 Uhr 5 fällig, vor 2 Stunden; da lief ich nicht.",
        ),
    ],
)
def test_what_rings(rings: list[Ring], words: str) -> None:
    assert ring_sentences(rings, SAY, running_since_ms=NOW_MS) == words


def test_what_nobody_heard_and_what_is_asked_of_the_assistant_itself() -> None:
    missed = [ring(name="nudel"), ring("reminder", message="Mama anrufen")]
    assert news(missed, SAY) == (
        "Übrigens: Nudel-Timer hat um 19 Uhr 5 geklingelt und um 19 Uhr 5 sollte ich dich erinnern: Mama anrufen."
    )
    order = {"actions": [{"verb": "unlock", "value": None, "unit": None, "name": "haustür"}]}
    assert did(order, {"receipts": [{"done": "done"}]}, NOW_MS - HOUR_MS, SAY) == (
        "Heute um 18 Uhr 5, vor 60 Minuten, sollte ich die Haustür aufschließen. Das hat geklappt."
    )
    row = {"name": "küche", "value": 21.5, "unit": "celsius", "at_ms": NOW_MS}
    assert why("wie warm ist es?", because_reported([row], SAY), SAY) == (
        "Du hast gesagt: wie warm ist es. Die Küche hat heute um 19 Uhr 5 21,5 Grad gemeldet."
    )
    assert because_reckoned({"rows": [row], "period": "yesterday"}, SAY) == (
        "Das habe ich aus dem errechnet, was die Küche gestern gemeldet hat."
    )
    refused = ToolError(ErrorCode.UNKNOWN_NAME, Reason.NO_SUCH_ROOM)
    assert because_refused(refused, SAY) == "Ich konnte es nicht tun: so einen Raum gibt es nicht."


def test_who_does_not_know_what_to_say_gets_examples() -> None:
    assert GERMAN.declined(House(entities=())).endswith(
        "Ich kann dir sagen, was im Haus los ist, und Geräte schalten. Zum Beispiel: Wie warm ist es im Schlafzimmer?"
    )


ENGLISH = frozenset(
    "the a and or of to is are be been has have had not it its this that these there which with for from at on off"
    " you your i my me do does did done don't can't cannot could would should will shall what when where why how now"
    " today yesterday tomorrow every last ago since device devices room rooms sensor's light door window open closed"
    " locked unlocked detected clear hour hours minutes second seconds day days week month year degrees percent"
    " nothing none no yes please say said asked told know known turned opened set reading readings reported battery"
    " monday tuesday wednesday thursday friday saturday sunday january february march may june july october december"
    .split()
)  # fmt: skip
"""Words that English cannot do without and German does not have."""
_NAMES = ["xylo", "xylozimmer", "xylolampe 2", "xylotür"]


def every_answer() -> Iterator[Answer]:
    """Over every quantity, state and period, with names that are no words."""
    for number, quantity in enumerate(Quantity):
        name = _NAMES[number % len(_NAMES)]
        room = "Xylozimmer" if name == "xylozimmer" else None
        row = replace(BEDROOM, name=name, room=room, quantity=quantity)
        yield from (LatestAnswer(rows=(row,) * count) for count in (1, 2))
        yield ExampleAnswer(row=row)
        yield ListAnswer(quantity=quantity, rows=(row,), considered=2, comparison="below", threshold=3, unit=row.unit)
        for kind, period in product(("mean", "minimum", "maximum", "total"), Period):
            yield replace(aggregate(kind, row, 3.0), period=period)
        for state in STATES.get(quantity, ("on", "off")):
            said = replace(row, value=state, unit=None, stale=True)
            yield LatestAnswer(rows=(said,), asked_state="open")
            yield from (
                ListAnswer(quantity=quantity, rows=(said,) * count, considered=3, state=state) for count in (0, 1, 10)
            )
            for at_ms in (None, NOW_MS):
                yield LastChangeAnswer(
                    name=name, quantity=quantity, state=state, at_ms=at_ms, now_state="off", recorded_since_ms=0
                )
            for count, kind in product((0, 1, 30), ("count", "duration")):
                amount = {"count": count} if kind == "count" else {"seconds": count}
                yield replace(states(kind, said, "today", **amount), quantity=quantity, state=state)
                both = (Side(name=name, room=None, entity_id="x", value=float(count)),) * 2
                yield compared(kind, *both, state=state)
    for verb in Verb:
        value = "heat" if "mode" in verb else 20.0 if verb.startswith(("set", "select")) else None
        action = replace(LAMP, name="xylo", verb=verb, value=value, unit=None)
        for ask in (Ask.YES, Ask.NOUN, Ask.PIN, Ask.CONSOLE):
            yield replace(PROPOSAL, actions=(action,), ask=ask, echo="xylo", now_state="off")
    yield from (answer for answer, _ in ANSWERS)


def english_in(spoken: str) -> set[str]:
    return set(re.findall(r"[\w']+", spoken.lower())) & ENGLISH


def test_no_answer_holds_an_english_word() -> None:
    spoken = {GERMAN.answer(answer) for answer in every_answer()}
    assert len(spoken) > 5000
    assert {sentence for sentence in spoken if english_in(sentence)} == set()
    assert {sentence for sentence in spoken if "_" in sentence or "  " in sentence or "{" in sentence} == set()


@pytest.mark.parametrize("reason", list(Reason))
def test_no_refusal_holds_an_english_word(reason: Reason) -> None:
    facts = {
        "verb": "open", "unit": "celsius", "quantity": "motion", "kind": "timer", "name": "xylo", "other": "xylo",
        "count": 3, "most": 9, "minutes": 2, "times": 4, "seconds": 5, "low": 1.5, "high": 2.5,
        "message": "no period is called so", "period": "the day", "answer": "trend",
    }  # fmt: skip
    for code in ErrorCode:
        spoken = GERMAN.error(ToolError(code, reason, facts=facts, received="xylo", suggestion=["xylo"]))
        assert not english_in(spoken), spoken


def test_no_sentence_of_the_file_holds_an_english_word() -> None:
    """But for the command that is typed, and the words that both languages have."""
    allowed = {"on"}
    for key, text in texts_of(load_replies("de").model_dump()):
        if not key.startswith(("grammar.", "language")):
            assert not english_in(re.sub(r"{\w+:?|}", " ", text)) - allowed, key


ROOT = Path(__file__).parent.parent / "assistant"
SPEAKING = (
    *sorted(f"replies/{module.stem}" for module in (ROOT / "replies").glob("[a-z]*.py")),
    *("turns/clarify", "turns/recall", "turns/turn", "turns/planning", "turns/follow_up"),
    *("telling/ringing", "approvals"),
)
_SENTENCE = re.compile(r"[A-Za-z]{2,}[ ,.;]+[A-Za-z]{2,}|^[A-Z][a-z]+[.!?]$")


def silent(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, what goes to the log, what is raised, and what only a model reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        called = node.func if isinstance(node, ast.Call) else None
        logs = isinstance(called, ast.Attribute) and called.attr in {"debug", "info", "warning", "error", "exception"}
        if logs or isinstance(node, ast.Raise) or (isinstance(called, ast.Name) and called.id == "ToolError"):
            yield from ast.walk(node)


@pytest.mark.parametrize("module", SPEAKING)
def test_no_module_that_speaks_holds_a_sentence(module: str) -> None:
    tree = ast.parse((ROOT / f"{module}.py").read_text())
    quiet = set(map(id, silent(tree)))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in quiet]
    assert [text for text in texts if isinstance(text, str) and _SENTENCE.search(text)] == []
