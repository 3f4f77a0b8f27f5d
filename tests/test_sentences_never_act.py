"""A question is never turned into an action; nor is what is not wished, not wished yet, or said by somebody else."""

import pytest
from fakes_wide import wide_house
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences.mapping import is_act
from assistant.sentences.planner import SentencePlanner
from config.language import load_language

HOUSE = wide_house()
PLANNER = SentencePlanner(load_language("en"))
ACTS = """
turn on the kitchen light
turn the kitchen light off
switch off all the lights
lights off
dim the living room lights
set the bedroom lights to 30 percent
make the living room brighter
turn it up a bit
make it warmer
set the thermostat to 21 degrees
open the garage door
close the blinds
unlock the front door
lock all the doors
open the irrigation valve
set the mood light to blue
turn the ceiling fan up
start the vacuum
send the robot home
activate movie night
arm the alarm
disarm the alarm
turn off everything except the kitchen
set a timer for 5 minutes
wake me up at half past seven
cancel the timer
""".strip().splitlines()
NO_WISH = """
don't {}
do not {}
please don't {}
please do not {}
never {}
you must not {}
you should not {}
i don't want you to {}
i would not {}
let's not {}
no need to {}
nobody should {}
there is no need to {}
not {}
what if i {}
what if you {}
what happens if i {}
what would happen if we {}
suppose i {}
imagine i {}
if it rains {}
when it gets dark {}
unless it rains {}
if i {} what happens
should i {}
should we {}
shall i {}
did you {}
did i {}
did somebody {}
why did you {}
why did he {}
who told you to {}
when did you {}
when will you {}
how do i {}
how can i {}
how often do i {}
do i have to {}
does it matter if i {}
have you been told to {}
is it dangerous to {}
is it a good idea to {}
was it you who said {}
what does it mean to {}
what is the best way to {}
can you explain how to {}
tell me how to {}
tell me why you {}
show me how to {}
explain what happens when i {}
he said {}
she said {}
mum told me to {}
they told us to {}
the man on tv said {}
i heard him say {}
in the film they {}
he wants to {}
she will {}
they always {}
the cat likes to {}
somebody should {}
my neighbour can {}
yesterday i tried to {}
i forgot to {}
i just wanted to {}
i already asked you to {}
i used to {}
{} is what he said
{} he said
{} would be a bad idea
{} was the last thing i heard
{} if it gets dark
{} when i leave
{} or maybe not
{} does that work
{} is that possible
""".strip().splitlines()
QUESTIONS = ("should i {}?", "could i {}?", "{}?", "is it right to {}?", "would it help to {}?", "who would {}?")

acts, forms = st.sampled_from(ACTS), st.sampled_from(NO_WISH)
rooms = st.sampled_from((None, "Kitchen", "Living Room"))


def acted(text: str, room: str | None = "Kitchen") -> str | None:
    """The intent that a sentence is read as, where that changes something."""
    plan = PLANNER.plan(text, HOUSE, room)
    return plan.intent if plan is not None and is_act(plan.intent) else None


@pytest.mark.parametrize("act", ACTS)
def test_each_of_them_said_by_itself_is_an_act(act: str) -> None:
    # `it` is for whoever knows what was spoken of before.
    assert acted(act) is not None or " it " in act


@pytest.mark.parametrize("form", (*NO_WISH, *QUESTIONS))
def test_what_is_no_wish_changes_nothing(form: str) -> None:
    done = {act: intent for act in ACTS if (intent := acted(form.format(act))) is not None}
    assert done == {}


@given(
    forms,
    acts,
    rooms,
    st.sampled_from(("", "hey ", "um ", "so ", "okay ", "please ")),
    st.sampled_from(("", "?", ".", "!")),
)
def test_nor_with_fillers_and_marks_around_it(form: str, act: str, room: str | None, before: str, mark: str) -> None:
    assert acted(f"{before}{form.format(act)}{mark}", room) is None


@given(forms, forms, acts)
def test_nor_where_one_such_form_is_put_into_another(form: str, inner: str, act: str) -> None:
    assert acted(form.format(inner.format(act))) is None


@given(st.text(max_size=60), acts, st.text(max_size=60))
def test_whatever_stands_around_an_act_only_its_own_words_make_it_a_question_or_not(
    before: str, act: str, after: str
) -> None:
    text = f"what if {before} {act} {after}"
    assert acted(text) is None


@pytest.mark.parametrize("name", sorted({name for list_ in PLANNER.names(HOUSE).values() for name in list_.all}))
def test_a_name_alone_is_no_order_unless_it_is_that_of_a_scene(name: str) -> None:
    assert acted(name) is None or name == "movie night"
