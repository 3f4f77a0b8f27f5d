"""What a voice gets to read: words of the house's language, nothing that it would misread, and the same meaning."""

import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.voice.speakable import LONGEST_FIRST, Speakable, clauses_of, sentences_of, speakable_in
from config.language import languages, load_aloud, load_replies
from config.spoken import texts_of

ENGLISH = {
    "21.5 °C": "twenty-one point five degrees Celsius",
    "1 °C, -1 °F, −3.5°C": "one degree Celsius, minus one degree Fahrenheit, minus three point five degrees Celsius",
    "3 kWh or 1 kWh": "three kilowatt hours or one kilowatt hour",
    "12 µg/m³, 5 km/h, 2 l/min": "twelve micrograms per cubic metre, five kilometres per hour, two litres per minute",
    "0.3 mm/h, 13 hPa, 40%": "zero point three millimetres per hour, thirteen hectopascals, forty percent",
    "400 ppm, 30 dB, 250 lx, 4.2 m³": "four hundred parts per million, thirty decibels, two hundred fifty lux, "
    "four point two cubic metres",
    "20-22 °C": "twenty to twenty-two degrees Celsius",
    "from 7:00–8:30": "from seven o'clock to eight thirty",
    "at 7:05, 18:30, 18:00 and 0:05": "at seven oh five, six thirty P M, six P M and twelve oh five eh M",
    "at 5 pm or 7:00 a.m. today": "at five P M or seven eh M today",
    "on 2026-11-21": "on the twenty-first of November twenty twenty-six",
    "2026-11-21T18:30:00Z": "the twenty-first of November twenty twenty-six six thirty P M",
    "on 3 November at 9:00": "on the third of November at nine o'clock",
    "the 3rd of November, November 21, 2026": "the third of November, the twenty-first of November twenty twenty-six",
    "the 1990s and the '80s, since 1999": "the nineteen nineties and the eighties, since nineteen ninety-nine",
    "a timer for 90s": "a timer for ninety seconds",
    "€5, $3.50, £1.01": "five euros, three dollars and fifty cents, one pound and one penny",
    "0.35 €/kWh": "zero point three five euros per kilowatt hour",
    "1,234.5 W and 21,5": "one thousand two hundred thirty-four point five watts and twenty-one point five",
    "1/2 cup, 2½ cups, 24/7": "a half cup, two and a half cups, twenty-four seven",
    "+49 30 123456": "plus four nine, three zero, one two three four five six",
    "0420": "zero four two zero",
    "the 21st and 2nd": "the twenty-first and second",
    "v1.2.3": "version one point two point three",
    "ESP32 and TS0601": "E S P thirty-two and T S zero six zero one",
    "0x00158d0001a2b3c4": "an I D that ends in three C four",
    "aa:bb:cc:dd:ee:0f": "an I D that ends in E zero F",
    "MQTT, LEDs, USB, STOP": "M Q T T, L E D's, U S B, STOP",
    "the led strip, the leds, co2, pm2.5": "the L E D strip, the L E D's, C O two, pm two point five",
    "e.g. approx. 5, Dr. Smith etc.": "for example about five, Doctor Smith and so on.",
    "in 5 min. Then stop": "in five minutes. Then stop",
    "No. It is off. No. 5 is on.": "No. It is off. number five is on.",
    "**Bold**, `code`, [here](http://a.b/c)": "Bold, code, here",
    "see https://example.com/a?b=1.": "see a link.",
    "mail bob@example.org": "mail an e-mail address",
    "# Rooms\n- kitchen\n- hall\n\n1. first": "Rooms. kitchen. hall. first",
    "| a | b |\n|---|---|\n| c | d |": "a, b, c, d",
    "```python\nx = {1}\n```": "some code.",
    "🎉 Done 👍🏽 (really) …": "Done, really.",
    "a\u202eb\u200bc\x00d": "abc d",
    "living_room livingRoom sensor.lamp": "living room living Room sensor dot lamp",
    "5 - 3, -3, on/off": "five, three, minus three, on off",
    "٣ and ５": "three and five",
}
GERMAN = {
    "21,5 °C, 2.5 °C, 1 °C": "einundzwanzig Komma fünf Grad Celsius, zwei Komma fünf Grad Celsius, ein Grad Celsius",
    "3 kWh, 1 kWh, 1.234,5 W": "drei Kilowatt-stunden, eine Kilowatt-stunde, "
    "eintausendzweihundertvierunddreißig Komma fünf Watt",
    "um 7:05, 18:30 Uhr, 18.30 Uhr": "um sieben Uhr fünf, achtzehn Uhr dreißig, achtzehn Uhr dreißig",
    "um 18 Uhr 30 oder 1 Uhr": "um achtzehn Uhr dreißig oder ein Uhr",
    "Samstag, der 21. November 2026": "Samstag, der einundzwanzigste November zweitausendsechsundzwanzig",
    "am 3. November um 9 Uhr. Gut.": "am dritten November um neun Uhr. Gut.",
    "21.11.2026 und am 2.11.": "einundzwanzigster November zweitausendsechsundzwanzig und am zweiten November",
    "Es sind 3. Das ist der 3. Timer.": "Es sind drei. Das ist der dritte Timer.",
    "12 µg/m³, 0,3 mm/h": "zwölf Mikrogramm pro Kubikmeter, null Komma drei Millimeter pro Stunde",
    "die 90er und die 1990er": "die neunziger und die neunzehnhundertneunziger",
    "3,50 €, 1,01 €": "drei Euro fünfzig, ein Euro eins",
    "1 Stunde, 1 Minute, Licht 1 ist an": "eine Stunde, eine Minute, Licht eins ist an",
    "z. B. ca. 5 bzw. 6 Std. usw.": "zum Beispiel circa fünf beziehungsweise sechs Stunden und so weiter.",
    "20-22 °C, 2½ Stunden": "zwanzig bis zweiundzwanzig Grad Celsius, zweieinhalb Stunden",
    "LED, WLAN, CO2": "L E D, W Lan, C O zwei",
    "-3 °C": "minus drei Grad Celsius",
}
OTHERS = {
    "fr": (
        "-1,5 °C, 3 kWh, 18h30",
        "moins un virgule cinq degrés Celsius, trois kilowattheures, dix-huit heures trente",
    ),
    "es": ("21,5 °C, 1 kWh, 40 %", "veintiuno coma cinco grados Celsius, un kilovatio hora, cuarenta por ciento"),
    "it": ("21,5 °C, 1 h, 18:30", "ventuno virgola cinque gradi Celsius, un'ora, diciotto e trenta"),
    "nl": ("21,5 °C, 3 kWh, 18:30", "eenentwintig komma vijf graden Celsius, drie kilowattuur, achttien uur dertig"),
}


@pytest.mark.parametrize(("written", "said"), ENGLISH.items())
def test_what_is_written_is_said_in_english(written: str, said: str) -> None:
    assert speakable_in("en")(written) == said


@pytest.mark.parametrize(("written", "said"), GERMAN.items())
def test_what_is_written_is_said_in_german(written: str, said: str) -> None:
    assert speakable_in("de")(written) == said


@pytest.mark.parametrize(("code", "both"), OTHERS.items())
def test_numbers_times_and_units_are_said_in_the_other_languages(code: str, both: tuple[str, str]) -> None:
    assert speakable_in(code)(both[0]) == both[1]


def test_every_language_has_words_for_it_and_english_and_german_the_same_ones() -> None:
    assert all(load_aloud(code).language == code for code in languages())
    english, german = load_aloud("en"), load_aloud("de")
    assert english.symbols.keys() == german.symbols.keys()
    assert english.money.currencies.keys() == german.money.currencies.keys()
    assert english.units.keys() - german.units.keys() == {"hr", "hrs", "hrs.", "sec."}


LIMIT = re.compile(r"[,;:.!?' -]")
PIECES = (
    "21.5 °C|3 kWh|1|-3|7:05|18:30|2026-11-21|20-22|€5|3,50 €|**b**|`c`|```x```|http://a.b/c|a@b.co|ESP32|0x00158d|"
    "MQTT|LEDs|e.g.|Dr.|etc.|No.|5 min.|1/2|½|²|m³|3.|am|der|November|- |# |1990s|'80s|+49 30 123456|v1.2.3|_|.|,|-|"
    "—|…|🎉|Uhr|h|°|%|(|)|'|IT|A|livingRoom|z. B.|&amp;|<b>|٣|①|\u200d|'s|OK|in|since|2026|T18:30Z|aa:bb:cc:dd:ee:ff|"
    "1,234.5|24:00|\xa0|/|km/h|p.m.|usw.|d.h.|kWh|\r\n"
).split("|")


@given(
    st.sampled_from(languages()),
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="0123456789.,:-/ °CkWh€%abAB'+", max_size=30),
        st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=8).map("".join),
        st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    ),
)
def test_any_text_becomes_words_and_pauses_and_stays_so(code: str, text: str) -> None:
    speakable = speakable_in(code)
    said = speakable(text)
    assert all(unicodedata.category(one)[0] in "LM" or LIMIT.match(one) for one in said)
    assert speakable(said) == said
    if any(one.isdecimal() or unicodedata.category(one)[0] == "L" for one in text):
        assert said


@pytest.mark.parametrize("code", ["en", "de"])
def test_what_code_says_is_left_as_it_is_but_for_figures_and_acronyms(code: str) -> None:
    speakable, known = speakable_in(code), re.compile(r"\bMQTT\b|\bWC\b|\bTV\b|\bLED\b|\bPC\b|\d|grammar")
    looked_at = 0
    for key, template in texts_of(load_replies(code).model_dump()):
        text = template
        while "{" in text:
            text = re.sub(r"\{[^{}]*\}", " lamp ", text)
        if not known.search(text):
            looked_at += 1
            assert letters(speakable(text)) == letters(as_respelled(code, text)), key
    assert looked_at > 500


def as_respelled(code: str, text: str) -> str:
    for part, better in load_aloud(code).respelled.items():
        text = re.sub(part, better, text, flags=re.I)
    return text


def letters(text: str) -> str:
    """All that is said, without the pauses between and within words."""
    return re.sub(r"[\W_]", "", text).casefold()


def test_the_documentation_says_what_is_said() -> None:
    text = (Path(__file__).parent.parent / "docs" / "speaking.md").read_text()
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| (.+?) \|$", text.partition("| setting |")[0], re.M)
    assert len(rows) >= 7
    for written, english, german in rows:
        together = written.replace("`", "")
        assert letters(speakable_in("en")(together)) == letters(english)
        assert letters(speakable_in("de")(together)) == letters(german)


def test_the_house_has_the_last_word_on_how_a_word_is_said() -> None:
    speakable = Speakable("en", {"Siobhan": "Shivawn", "WC-2": "the second bathroom", "gnu": "new 2 you"})
    assert speakable("siobhan's lamp, WC-2 and a gnu") == "Shivawn's lamp, the second bathroom and a new two you"
    assert speakable("Siobhanna is another name") == "Siobhanna is another name"


def test_a_usual_sentence_takes_less_than_a_millisecond() -> None:
    speakable = speakable_in("en")
    sentence = "The temperature in the kitchen is 21.5 °C, and it was 19 °C today at 7:05."
    speakable(sentence)
    started = time.thread_time()
    for _ in range(50):
        speakable(sentence)
    assert (time.thread_time() - started) / 50 < 0.001


@pytest.mark.parametrize("piece", ["1", "*", "`", "1.", "[a](", "<a", "a-b@", "0 ", " ", "\n", "1:", "0x", "'"])
def test_no_text_holds_up_the_voice(piece: str) -> None:
    started = time.thread_time()
    speakable_in("en")(piece * 100_000)
    assert time.thread_time() - started < 2


def test_sentences_are_cut_at_their_ends_only() -> None:
    said = speakable_in("en")("It is 7:30. Dr. Who?  Yes")
    assert sentences_of(said) == ["It is seven thirty.", "Doctor Who?", "Yes"]


def test_a_long_first_sentence_is_heard_from_its_first_clause_on() -> None:
    short = "It is warm, and dry. " + "It was cold, and it rained all day. " * 5
    assert clauses_of(short)[0] == "It is warm, and dry."
    long = "The kitchen has twenty degrees, the hall has nineteen degrees, the bedroom has eighteen degrees, and so on."
    assert len(long) > LONGEST_FIRST
    assert clauses_of(long)[0] == "The kitchen has twenty degrees,"
    assert " ".join(clauses_of(long)) == long
