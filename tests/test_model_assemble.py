"""Assembly: any stream becomes one message with whole calls, and text never becomes a call."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model.assemble import MOST_ARGUMENTS, MOST_TEXT, Draft, Kind, Message, parse_arguments
from assistant.model.wire import Delta, Fragment, Usage, delta_of

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
KEYS = ["choices", "delta", "message", "tool_calls", "function", "name", "arguments", "index", "id", "content", "usage"]
CHUNK_LIKE = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=30,
)
ARGUMENTS = st.dictionaries(st.text(max_size=8), ANY_JSON, min_size=1, max_size=4)


def assembled(*deltas: Delta) -> Message:
    draft = Draft()
    for delta in deltas:
        draft.add(delta)
    return draft.message()


def fragment(**fields: Any) -> Delta:
    return Delta(fragments=(Fragment(**fields),))


@given(ANY_JSON | CHUNK_LIKE)
def test_no_chunk_however_shaped_raises(chunk: object) -> None:
    message = assembled(delta_of(chunk), delta_of([chunk]), delta_of({"choices": [{"delta": chunk}]}))
    assert message.kind in Kind


@given(st.lists(st.tuples(st.sampled_from(["read", "look"]), ARGUMENTS), min_size=1, max_size=5), st.data())
def test_calls_cut_into_any_fragments_come_out_whole_and_in_order(
    made: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    deltas: list[Delta] = []
    for at, (name, arguments) in enumerate(made):
        text = json.dumps(arguments)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
        pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        deltas.append(fragment(index=at, id=f"c{at}", name=name))
        deltas += [fragment(index=at, arguments=piece) for piece in pieces]
    message = assembled(*deltas, Delta(finish="tool_calls"))
    assert message.kind is Kind.CALLS
    assert [(call.name, json.loads(call.arguments)) for call in message.calls] == made
    assert len({call.id for call in message.calls}) == len(made)


@given(st.lists(ARGUMENTS, min_size=1, max_size=4))
def test_different_objects_glued_together_are_that_many_calls(objects: list[dict[str, Any]]) -> None:
    glued = "".join(map(json.dumps, objects))
    message = assembled(fragment(index=0, id="c", name="read", arguments=glued))
    assert [call.arguments for call in message.calls] == list(dict.fromkeys(map(json.dumps, objects)))


def test_a_new_id_is_a_new_call_even_on_the_same_index() -> None:
    message = assembled(
        fragment(index=0, id="a", name="read", arguments='{"x":'),
        fragment(index=0, arguments="1}"),
        fragment(index=0, id="b", name="read", arguments='{"x":2}'),
    )
    assert [(call.id, call.arguments) for call in message.calls] == [("a", '{"x":1}'), ("b", '{"x":2}')]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "1",
        '"x"',
        "null",
        '{"x": NaN}',
        '{"x": Infinity}',
        '{"x":1} {"y":2}',
        "[" * 100_000,
        "{} trailing",
    ],
)
def test_only_exactly_one_object_counts_as_arguments(text: str) -> None:
    assert parse_arguments(text) is None


def test_a_leaked_tag_is_cut_from_a_name_and_a_hostile_name_is_left_for_the_contract_to_refuse() -> None:
    assert assembled(fragment(index=0, name="read<|constrain|>json", arguments="{}")).calls[0].name == "read"
    assert assembled(fragment(index=0, name="read; DROP", arguments="{}")).calls[0].name == "read; DROP"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It is warm.", Kind.FINAL_TEXT),
        ("", Kind.EMPTY),
        (" \n", Kind.EMPTY),
        ("<think>turn it on</think>It is warm.", Kind.FINAL_TEXT),
        ("<think>turn it on", Kind.EMPTY),
        ('{"name": "read", "arguments": {}}', Kind.GARBAGE),
        ("<tool_call>read</tool_call>", Kind.GARBAGE),
        ("<|python_tag|>read()", Kind.GARBAGE),
        ("[TOOL_CALLS] read", Kind.GARBAGE),
        ("<function=read>", Kind.GARBAGE),
    ],
)
def test_words_are_told_from_what_only_looks_like_an_answer(text: str, kind: Kind) -> None:
    message = assembled(Delta(text=text), Delta(finish="stop"))
    assert message.kind is kind
    assert message.calls == ()
    assert "turn it on" not in message.text


def test_what_the_endpoint_says_about_the_end_is_only_advice() -> None:
    call = fragment(index=0, id="c", name="read", arguments='{"x":1}')
    assert assembled(call, Delta(finish="stop")).kind is Kind.CALLS
    assert assembled(call, Delta(finish="length")).kind is Kind.CALLS
    half = fragment(index=0, id="c", name="read", arguments='{"x":')
    assert assembled(half, Delta(finish="length")).kind is Kind.TRUNCATED
    assert assembled(Delta(text="no call"), Delta(finish="tool_calls")).kind is Kind.FINAL_TEXT


def test_a_message_that_never_ends_is_seen_as_such() -> None:
    draft = Draft()
    while not draft.overflowed:
        draft.add(Delta(text="and on " * 100))
    assert draft.message().kind is Kind.TRUNCATED
    assert draft.message().size <= MOST_TEXT + 700
    draft = Draft()
    while not draft.overflowed:
        draft.add(fragment(index=0, id="c", name="read", arguments="[" * 500))
    assert draft.message().kind is Kind.TRUNCATED
    assert len(draft.message().calls[0].arguments) <= MOST_ARGUMENTS + 500


def test_zeros_are_not_taken_for_a_count_of_tokens() -> None:
    assert delta_of({"usage": {"prompt_tokens": 0, "completion_tokens": 0}}).usage is None
    counted = delta_of({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})
    assert counted.usage == Usage(tokens_in=9, tokens_out=2)


def test_thoughts_that_the_prompt_began_are_cut_off_with_their_end() -> None:
    draft = Draft()
    draft.add(Delta(text="Maybe 77.\n</think>\n\nIt is 21 degrees.", finish="stop"))
    assert draft.message().text == "It is 21 degrees."


def test_the_same_object_glued_together_several_times_is_one_call() -> None:
    """Servers were seen to send the same call two to six times in one text; different ones are calls each."""
    draft = Draft()
    draft.add(Delta(fragments=(Fragment(index=0, id="c", name="a", arguments='{"x": 1}{"x": 1}{"x": 2}{"x": 1}'),)))
    assert [call.arguments for call in draft.message().calls] == ['{"x": 1}', '{"x": 2}']


def test_counts_in_a_piece_do_not_end_the_message_but_counts_alone_do() -> None:
    counted = {"prompt_tokens": 9, "completion_tokens": 1}
    said = {"index": 0, "delta": {"content": "It is 2"}, "finish_reason": None}
    assert not delta_of({"choices": [said], "usage": counted}).last
    assert delta_of({"choices": [], "usage": counted}).last
    assert delta_of({"choices": [{**said, "finish_reason": "stop"}]}).last
