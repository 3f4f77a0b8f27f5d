"""What models put around an answer is neither printed nor recorded nor spoken; the answer itself stays as it is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model.assemble import Draft, Kind
from assistant.model.ground import grounded
from assistant.model.spoken import LONGEST_SPEECH, speakable, tidy
from assistant.model.wire import Delta

SAID = "The kitchen is at 23 degrees."

AROUND = [
    "## Answer\n\n- **{}** 🌡️",
    "# Kitchen temperature\n\n{}",
    "**Answer**\n{}",
    "**Answer:** {}",
    "*Answer:* {}",
    "Answer: {}",
    "Answer – {}",
    "### Response:\n{}",
    "Final answer: {}",
    "A: {}",
    "Assistant: {}",
    "**Assistant**: {}",
    "Assistant\n\n{}",
    "User: how warm is it?\nAssistant: {}",
    "{}\nUser: thanks\nAssistant: You are welcome.",
    "{}\n\nHuman: and now?",
    "Thought: I know now.\nFinal Answer: {}",
    "Thought: the tool said so.\n{}",
    "Sure! {}",
    "Of course. {}",
    "Okay, {}",
    "Great question! {}",
    "Sure! Here is the answer: {}",
    "Here's what I found:\n{}",
    "Based on the sensor data, {}",
    "According to the sensors, {}",
    "(smiling) {}",
    "*checks the sensors* {}",
    "```\n{}\n```",
    "```text\n{}\n```",
    "`{}`",
    '"{}"',
    "\u201c{}\u201d",
    "> {}",
    "1. {}",
    "<answer>{}</answer>",
    "<p>{}</p>",
    "\\boxed{{{}}}",
    "{} [1]",
    "{}[1][2]",
    "{} (1)",
    "{}【4:0†source】",
    "{} [source: query_sensors]",
    "{} #smart #home",
    "{} 🌡️",
    ":thermometer: {}",
    "{}\n\n---\n\nLet me know if you need anything else!",
]


@pytest.mark.parametrize("around", AROUND)
def test_only_the_answer_is_left(around: str) -> None:
    assert tidy(around.format(SAID)) == SAID


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The kitchen is at $23^{\\circ}\\text{C}$.", "The kitchen is at 23°C."),
        ("The kitchen is at \\(23\\) degrees.", SAID),
        ("The kitchen is at ~23 degrees.", "The kitchen is at about 23 degrees."),
        ("The kitchen is at 23&nbsp;degrees 🌡️.", SAID),
        ("The [kitchen](https://example.org/x) is at 23 degrees [1].", SAID),
        ("*The kitchen* is at **23** degrees.", SAID),
        ("**Kitchen:** 23 degrees\n**Bedroom:** 21 degrees", "Kitchen: 23 degrees. Bedroom: 21 degrees."),
        ("That costs $5 and $6.", "That costs $5 and $6."),
        ("Sure enough, it rained.", "Sure enough, it rained."),
        ("Okay.", "Okay."),
        ("A kitchen is a room.", "A kitchen is a room."),
        ("# Answer", "Answer"),
    ],
)
def test_what_belongs_to_the_answer_stays(text: str, left: str) -> None:
    assert tidy(text) == left


@pytest.mark.parametrize(
    "text", ["| Room | Degrees |\n|---|---|\n| Kitchen | 23 |", '{"answer": "It is warm."}', "x = [1, 2]\nprint(x)"]
)
def test_a_table_or_code_is_left_to_code(text: str) -> None:
    assert not speakable(tidy(text))


@pytest.mark.parametrize(
    "text",
    [
        f"{SAID}<|im_end|>",
        f"{SAID}<|eot_id|><|eot_id|>",
        f"{SAID} </s>",
        f"{SAID}<end_of_turn>\n",
        f"[THINK]maybe 77[/THINK]{SAID}",
        f"◁think▷maybe 77◁/think▷{SAID}",
        f"<thought>maybe 77</thought>\n{SAID}",
        f"<think></think>\n\n{SAID}",
        f"maybe 77</thinking>{SAID}",
    ],
)
def test_a_templates_leftovers_do_not_cost_the_answer(text: str) -> None:
    draft = Draft()
    draft.add(Delta(text=text, finish="stop"))
    assert (draft.message().kind, draft.message().text) == (Kind.FINAL_TEXT, SAID)


@pytest.mark.parametrize(
    "piece", ["\n", " ", "`", "[", "$", "*", "A: ", "Sure! ", "User:\n", "# a\n", "</s>", "<", "**a\n"]
)
def test_no_text_takes_long_however_long_it_goes_on(piece: str) -> None:
    """A model that goes in circles sends twenty thousand characters; some patterns took thirteen seconds for them."""
    began = time.process_time()
    draft = Draft()
    draft.add(Delta(text=f"It is{piece * (20_000 // len(piece))}.", finish="stop"))
    tidied = tidy(draft.message().text)
    grounded(tidied[:LONGEST_SPEECH], [], "")
    assert time.process_time() - began < 2


@settings(deadline=None)
@given(st.lists(st.sampled_from([*AROUND, "{}\n", "\n{}", "{} "]), max_size=4))
def test_however_often_it_is_wrapped_it_ends_and_nothing_is_added(wrappings: list[str]) -> None:
    text = SAID
    for around in wrappings:
        text = around.format(text)
    assert len(tidy(text)) <= len(text) + 10
