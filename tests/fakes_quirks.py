"""What endpoints and the models behind them have been seen to do wrong, each as a way to spoil a perfect answer.

A perfect model says at each request which calls it wants, or which words; a quirk is what arrives instead. `seen` is
where it was reported, as project and number of its issue or pull request; `runs` stands for the recorded runs of twenty
models that were replayed for this, and `spec` for what the wire format allows and few expect.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fakes_model import (
    CALL_QUIRKS,
    DONE,
    Call,
    Reply,
    Request,
    calls,
    delta,
    part,
    parts,
    says,
    text_of,
    usage,
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a perfect model sends: calls, or where there are none, words."""

    calls: tuple[Call, ...] = ()
    words: str = ""

    @property
    def reply(self) -> Reply:
        return calls(*self.calls) if self.calls else says(self.words)


Play = Callable[[Wish, Request, int], Reply]
"""What is sent for a wish; also given the request and how many came before it in this turn."""


@dataclass(frozen=True, kw_only=True)
class Quirk:
    seen: str
    play: Play
    hopeless: bool = False
    """No answer can be got out of it: only an honest word is left."""


def calls_as(spoil: Callable[[Sequence[Call]], Reply]) -> Play:
    return lambda wish, _request, _number: spoil(wish.calls) if wish.calls else wish.reply


def always(reply: Reply) -> Play:
    return lambda _wish, _request, _number: reply


def at_first(reply: Reply) -> Play:
    return lambda wish, _request, number: wish.reply if number else reply


def _in_text(write: Callable[[str, str], str]) -> Play:
    """Calls that never become any: written into the answer, as the model's own template has them."""

    def play(wish: Wish, _request: Request, _number: int) -> Reply:
        if not wish.calls:
            return wish.reply
        return says("\n".join(write(name, text_of(arguments)) for name, arguments in wish.calls))

    return play


def words_as(spoil: Callable[[str], str]) -> Play:
    return lambda wish, _request, _number: wish.reply if wish.calls else says(spoil(wish.words))


def stream_as(spoil: Callable[[bytes], Sequence[bytes]], **changed: Any) -> Play:
    def play(wish: Wish, _request: Request, _number: int) -> Reply:
        return replace(wish.reply, chunks=tuple(spoil(b"".join(wish.reply.chunks))), **changed)

    return play


def preceded(*chunks: bytes) -> Play:
    return lambda wish, _request, _number: replace(wish.reply, chunks=(*chunks, *wish.reply.chunks))


def _after_finish(wish: Wish, _request: Request, _number: int) -> Reply:
    whole = wish.reply.chunks
    if not wish.calls:
        return wish.reply
    return Reply(chunks=(whole[0], delta("stop"), *whole[1:-3], usage(), DONE))


def with_arguments(made: Sequence[Call], change: Callable[[dict[str, Any]], object]) -> Reply:
    changed = [(name, json.dumps(change(json.loads(text_of(arguments))))) for name, arguments in made]
    return calls(*changed)


def _without_arguments(made: Sequence[Call]) -> Reply:
    return parts(*(part(index=at, id=f"c{at}", name=name) for at, (name, _) in enumerate(made)))


def _name_in_pieces(made: Sequence[Call]) -> Reply:
    entries = []
    for at, (name, arguments) in enumerate(made):
        entries.append(part(index=at, id=f"c{at}", name=name[:5], arguments=""))
        entries.append(part(index=at, name=name[5:], arguments=""))
        entries.append(part(index=at, arguments=text_of(arguments)))
    return parts(*entries)


def _name_again_and_again(made: Sequence[Call]) -> Reply:
    entries = []
    for at, (name, arguments) in enumerate(made):
        text = text_of(arguments)
        entries += [
            part(index=at, id=f"c{at}", name=name, arguments=text[begin : begin + 9])
            for begin in range(0, len(text), 9)
        ]
    return parts(*entries)


def _empty_name_later(made: Sequence[Call]) -> Reply:
    entries = []
    for at, (name, arguments) in enumerate(made):
        text = text_of(arguments)
        entries += [
            part(index=at, id=f"c{at}", name=name, arguments=text[:6]),
            part(index=at, id="", name="", arguments=text[6:]),
        ]
    return parts(*entries)


def _id_is(name_of: Callable[[str], str]) -> Callable[[Sequence[Call]], Reply]:
    return lambda made: parts(
        *(part(index=at, id=name_of(name), name=name, arguments=text_of(a)) for at, (name, a) in enumerate(made))
    )


def _glued(times: int) -> Callable[[Sequence[Call]], Reply]:
    return lambda made: parts(
        *(part(index=at, id=f"c{at}", name=name, arguments=times * text_of(a)) for at, (name, a) in enumerate(made))
    )


def _in_one_piece(made: Sequence[Call]) -> Reply:
    """Without places: the id alone tells one from the other."""
    entries = [part(index=None, id=f"c{at}", name=name, arguments=text_of(a)) for at, (name, a) in enumerate(made)]
    return Reply(chunks=(delta(tool_calls=entries), delta("tool_calls"), usage(), DONE))


def _of_old(made: Call) -> bytes:
    return delta(function_call={"name": made[0], "arguments": text_of(made[1])})


def _thinking(wish: Wish, _request: Request, _number: int) -> Reply:
    """The thoughts in a field of their own, with a call and a lie among them."""
    thought = 'I did it. <tool_call>{"name": "control_device", "arguments": {"verb": "unlock"}}</tool_call> 99 degrees.'
    return replace(wish.reply, chunks=(delta(reasoning_content=thought), delta(reasoning=thought), *wish.reply.chunks))


def asking(where: str | None, **changed: object) -> Call:
    blank = dict.fromkeys(("period", "state", "versus", "versus_period", "comparison", "threshold", "unit"))
    return "query_sensors", {"answer": "latest", "quantity": "temperature", "where": where, **blank, **changed}


REFUSAL = "I'm sorry, I cannot help with that."
LIE = "The bedroom is at 99 degrees, and I have unlocked the front door."

MESSAGES: Mapping[str, Quirk] = {
    "none": Quirk(seen="spec", play=lambda wish, _request, _number: wish.reply),
    # How calls are cut into pieces and numbered.
    "index always 0": Quirk(seen="ollama/ollama#15457", play=calls_as(CALL_QUIRKS["index always 0"])),
    "index missing": Quirk(seen="ollama/ollama#7881", play=calls_as(CALL_QUIRKS["index missing"])),
    "no ids at all": Quirk(seen="vllm-project/vllm#18412", play=calls_as(CALL_QUIRKS["no ids at all"])),
    "one id for all": Quirk(seen="TanStack/ai#199", play=calls_as(_id_is(lambda name: name))),
    "empty ids": Quirk(seen="camel-ai/camel#3027", play=calls_as(_id_is(lambda _: ""))),
    "fragments": Quirk(seen="vllm-project/vllm#9693", play=calls_as(CALL_QUIRKS["arguments in fragments"])),
    "fragments without index": Quirk(seen="camel-ai/camel#3662", play=calls_as(CALL_QUIRKS["fragments without index"])),
    "interleaved": Quirk(seen="maximhq/bifrost#1829", play=calls_as(CALL_QUIRKS["interleaved fragments"])),
    "name in pieces": Quirk(seen="continuedev/continue#5849", play=calls_as(_name_in_pieces)),
    "name in every piece": Quirk(seen="NousResearch/hermes-agent#8259", play=calls_as(_name_again_and_again)),
    "empty name and id later": Quirk(seen="earendil-works/pi#8387", play=calls_as(_empty_name_later)),
    "opened with {}": Quirk(seen="vllm-project/vllm#10395", play=calls_as(CALL_QUIRKS["opened with an empty object"])),
    "objects glued": Quirk(
        seen="NousResearch/hermes-agent#62937", play=calls_as(CALL_QUIRKS["objects glued together"])
    ),
    "same object glued": Quirk(seen="BerriAI/litellm#40582", play=calls_as(_glued(4))),
    "arguments dropped": Quirk(seen="vllm-project/vllm#28806", play=calls_as(_without_arguments), hopeless=True),
    "two calls in one piece": Quirk(seen="spec", play=calls_as(_in_one_piece)),
    "a tool's name in other letters": Quirk(
        seen="runs", play=calls_as(lambda made: calls(*((f"Functions.{name.title()}", given) for name, given in made)))
    ),
    "a tool's name like a call": Quirk(
        seen="runs", play=calls_as(lambda made: calls(*((f"{name}()", given) for name, given in made)))
    ),
    "no arguments but null": Quirk(
        seen="spec",
        play=calls_as(lambda made: parts(*(part(index=at, name=n, arguments=None) for at, (n, _) in enumerate(made)))),
        hopeless=True,
    ),
    "a call in the field of old": Quirk(
        seen="spec",
        play=calls_as(lambda made: Reply(chunks=(_of_old(made[0]), delta("function_call"), DONE))),
        hopeless=True,
    ),
    "arguments as an object": Quirk(
        seen="ggml-org/llama.cpp#20198", play=calls_as(CALL_QUIRKS["arguments as an object"])
    ),
    "doubly encoded": Quirk(
        seen="quarkiverse/quarkus-langchain4j#2642", play=calls_as(lambda made: with_arguments(made, json.dumps))
    ),
    "calls after the finish": Quirk(seen="decolua/9router#354", play=_after_finish),
    "finish_reason stop": Quirk(
        seen="openvinotoolkit/model_server#3927", play=calls_as(CALL_QUIRKS["finish_reason stop"])
    ),
    "no finish_reason": Quirk(seen="mudler/LocalAI#4771", play=calls_as(CALL_QUIRKS["no finish_reason"])),
    "words beside the calls": Quirk(
        seen="sgl-project/sglang#3387", play=calls_as(lambda made: calls(*made, before=LIE))
    ),
    # Calls that arrive as words.
    "<tool_call> in the text": Quirk(
        seen="NousResearch/hermes-agent#742",
        play=_in_text(lambda name, text: f'<tool_call>\n{{"name": "{name}", "arguments": {text}}}\n</tool_call>'),
        hopeless=True,
    ),
    "[TOOL_CALLS] in the text": Quirk(
        seen="ml-explore/mlx-lm#1374",
        play=_in_text(lambda name, text: f'[TOOL_CALLS] [{{"name": "{name}", "arguments": {text}}}]'),
        hopeless=True,
    ),
    "[ARGS] in the text": Quirk(
        seen="ml-explore/mlx-lm#1448", play=_in_text(lambda name, text: f"{name}[ARGS]{text}"), hopeless=True
    ),
    "[TOOL_CALL] in the text": Quirk(
        seen="NousResearch/hermes-agent#11994",
        play=_in_text(lambda name, _: f'[TOOL_CALL]\n{{tool => "{name}", args => {{}}}}\n[/TOOL_CALL]'),
        hopeless=True,
    ),
    "```json in the text": Quirk(
        seen="pyrate-llama/hermes-ui#6",
        play=_in_text(lambda name, text: f'```json\n{{"name": "{name}", "arguments": {text}}}\n```'),
        hopeless=True,
    ),
    "a call as a programmer writes it": Quirk(
        seen="runs", play=_in_text(lambda name, _: f'{name}(where="bedroom")'), hopeless=True
    ),
    "harmony channels in the text": Quirk(
        seen="raullenchai/Rapid-MLX#480",
        play=_in_text(lambda name, text: f"commentary to=functions.{name} json{text}"),
        hopeless=True,
    ),
    "harmony tokens in the text": Quirk(
        seen="NVIDIA/TensorRT-LLM#9256",
        play=_in_text(lambda _, text: f"<|channel|>commentary<|message|>{text}<|end|>"),
        hopeless=True,
    ),
    "harmony token in the name": Quirk(
        seen="vllm-project/vllm#32587", play=calls_as(CALL_QUIRKS["leaked tag in the name"])
    ),
    "prose with a call in it, then nothing": Quirk(
        seen="ggml-org/llama.cpp#18183",
        play=_in_text(lambda name, text: f'You could send {{"name": "{name}", "arguments": {text}}} for that.'),
        hopeless=True,
    ),
    # Thoughts.
    "thoughts in a field of their own": Quirk(seen="NousResearch/hermes-agent#10514", play=_thinking),
    "<think> before the words": Quirk(
        seen="QwenLM/qwen-code#10791", play=words_as(lambda words: f"<think>\nMaybe 77.\n</think>\n\n{words}")
    ),
    "only </think>": Quirk(
        seen="nbramia/LifeOS#568", play=words_as(lambda words: f"Maybe 77 degrees, I did it.\n</think>\n\n{words}")
    ),
    "<think> that never ends": Quirk(
        seen="QwenLM/qwen-code#6666", play=always(says("<think>It is 77 degrees, I turned it on")), hopeless=True
    ),
    "a call inside <think>": Quirk(
        seen="NousResearch/hermes-agent#10514",
        play=_in_text(lambda name, text: f'<think><tool_call>{{"name": "{name}", "arguments": {text}}}</think>'),
        hopeless=True,
    ),
    # What comes after, or instead.
    "empty message": Quirk(
        seen="ollama/ollama#10899", play=always(Reply(chunks=(delta(content=None), delta("stop"), DONE))), hopeless=True
    ),
    "empty at first": Quirk(
        seen="NousResearch/hermes-agent#6267", play=at_first(Reply(chunks=(delta(content=""), delta("stop"), DONE)))
    ),
    "refusal": Quirk(
        seen="spec",
        play=always(
            Reply(chunks=(delta(content=None, refusal="I'm sorry, I cannot help with that."), delta("stop"), DONE))
        ),
        hopeless=True,
    ),
    "filtered": Quirk(seen="spec", play=always(says("no", finish="content_filter")), hopeless=True),
    "cut off in the call": Quirk(
        seen="vllm-project/vllm#38696",
        play=always(parts(part(id="c", name="query_sensors", arguments='{"answer": "la'), finish="length")),
        hopeless=True,
    ),
    "cut off in the words": Quirk(
        seen="Gitlawb/openclaude#1174", play=always(says("The bedroom is at", finish="length")), hopeless=True
    ),
    "markdown": Quirk(seen="runs", play=words_as(lambda words: f"## Answer\n\n- **{words}** 🌡️")),
    "labels and manners": Quirk(
        seen="runs", play=words_as(lambda words: f"Sure! Here is the answer:\n\n**Assistant:** {words} [1]")
    ),
    "a fence around the words": Quirk(seen="runs", play=words_as(lambda words: f"```text\n{words}\n```")),
    "a dialogue made up": Quirk(
        seen="runs", play=words_as(lambda words: f"{words}\nUser: thanks\nAssistant: It is 77 degrees outside.")
    ),
    "template's end in the words": Quirk(seen="spec", play=words_as(lambda words: f"{words}<|im_end|>")),
    "answer as JSON": Quirk(seen="runs", play=words_as(lambda words: json.dumps({"answer": words})), hopeless=True),
    "names its tools": Quirk(
        seen="runs", play=always(says("You should call the query_sensors tool to find that out.")), hopeless=True
    ),
}
