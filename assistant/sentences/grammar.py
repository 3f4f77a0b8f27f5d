"""Writes the JSGF grammars that the embedded recogniser listens with, from a language's `speech` and live names.

Only words of a-z and apostrophes come out, whatever devices are called; a name that cannot be spoken is left out.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from assistant.sentences.templates import parse
from assistant.sentences.tree import Node
from assistant.sentences.vocabulary import Names
from assistant.sentences.wording import Phrase
from config.language import Choice, Confirm, Language

LARGEST_SPOKEN_NUMBER = 100
LARGEST_SPOKEN_COUNT = 60
"""Of minutes: what is longer is said in hours."""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_PART = re.compile(r"[a-z']+|\d+")
_LONGEST_ACRONYM = 3

Alike = Callable[[str], str]
Numbers = Mapping[Phrase, int]


def house_grammar(
    language: Language,
    names: Mapping[str, Names],
    quantities: Iterable[str],
    numbers: Numbers,
    alike: Alike,
    *,
    follow_ups: bool = False,
) -> str:
    """One public rule over every sentence of `speech` for which this house has the names."""
    speller = _Speller(numbers, alike)
    fixed = {
        name: [words for several in values.values() for words in several[:1]] for name, values in language.lists.items()
    }
    lists = {name: list(one.spoken) for name, one in names.items()} | fixed
    called = language.lists.get("quantity", {})
    lists["quantity"] = [called[one][0] for one in quantities if one in called]
    lists["percent"] = lists["degrees"] = [str(number) for number in range(LARGEST_SPOKEN_NUMBER + 1)]
    lists["count"] = [str(number) for number in range(1, LARGEST_SPOKEN_COUNT + 1)]
    lists["hour"] = [str(number) for number in range(1, 13)]
    writer = _Writer({name: speller.names(said) for name, said in lists.items()})
    speech = {**language.speech, **({"follow_up": language.follow_up.speech} if follow_ups else {})}
    rules = {intent: writer.choice(parse(sentence) for sentence in said) for intent, said in speech.items()}
    return _document("house", {name: body for name, body in rules.items() if body} | writer.used(), list(rules))


def confirmation_grammar(
    confirm: Confirm, echo: str | None, numbers: Numbers, alike: Alike, others: Iterable[str] = ()
) -> str:
    """A grammar of the answers to a proposal, and of nothing else.

    `others` are names of this house. Where a noun has to be said with the yes, theirs can be heard as well: a
    recogniser that knows but one takes any other for it.
    """
    speller = _Speller(numbers, alike)
    noun = speller.spoken(alike(echo)) if echo else None
    forms = [form.replace("{noun}", noun) for form in confirm.echo] if noun else []
    wrong = speller.names(alike(name) for name in (*confirm.others, *others)) if noun else []
    decoys = [form.replace("{noun}", one) for one in wrong if one != noun for form in confirm.echo]
    answers = {"accept": (*confirm.accept, *forms), "reject": confirm.reject, "repeat": confirm.repeat}
    answers |= {"decoy": (*confirm.decoys, *decoys)} if confirm.decoys or decoys else {}
    rules = {name: " | ".join(_as_said(several)) for name, several in answers.items()}
    return _document("confirmation", rules, list(rules))


def choice_grammar(
    names: Iterable[str], count: int, choice: Choice, confirm: Confirm, numbers: Numbers, alike: Alike
) -> str:
    """A grammar of the answers to `which one`: names and parts of them, `the second one` of `count`, and no."""
    spoken = _Speller(numbers, alike).names(alike(name) for name in names)
    order = [*(form for forms in choice.order[:count] for form in forms), *(choice.last if count > 1 else ())]
    answers = {
        "name": [form.replace("{name}", name) for form in choice.forms for name in spoken],
        "order": [form for one in order for form in (one, f"the {one}")],
        "neither": choice.neither,
        "repeat": confirm.repeat,
        "accept": confirm.accept if count == 1 else (),
        "decoy": confirm.decoys,
    }
    rules = {name: " | ".join(dict.fromkeys(_as_said(several))) for name, several in answers.items() if several}
    return _document("choice", rules, list(rules))


def pin_grammar(confirm: Confirm, numbers: Numbers, length: int) -> str:
    """A grammar of so many digits that are said one by one, and of a no."""
    digits = dict.fromkeys(" ".join(words) for words, number in numbers.items() if number < 10 and len(words) == 1)
    spoken = [word for word in digits if _WORD.fullmatch(word)]
    rules = {
        "pin": " ".join(["<digit>"] * length),
        "reject": " | ".join(_as_said(confirm.reject)),
        "digit": " | ".join(spoken),
    }
    return _document("pin", rules, ("pin", "reject"))


def _as_said(forms: Iterable[str]) -> list[str]:
    """Without those that only typing knows: `dont` beside `don't`."""
    kept = tuple(forms)
    typed = {form.replace("'", "") for form in kept if "'" in form}
    return [form for form in kept if form not in typed]


def _document(name: str, rules: Mapping[str, str], public: Iterable[str]) -> str:
    heads = " | ".join(f"<{rule}>" for rule in public if rule in rules)
    body = "\n".join(f"<{rule}> = {text};" for rule, text in rules.items())
    return f"#JSGF V1.0;\ngrammar {name};\npublic <sentence> = {heads};\n{body}\n"


class _Speller:
    """Turns names, as they are matched, into words as they are said; only such as lead back to the name."""

    def __init__(self, numbers: Numbers, alike: Alike) -> None:
        self._words = {str(number): " ".join(words) for words, number in numbers.items()}
        self._alike = alike

    def names(self, names: Iterable[str]) -> list[str]:
        spoken = (self.spoken(name) for name in names)
        return list(dict.fromkeys(words for words in spoken if words))

    def spoken(self, name: str) -> str | None:
        plain = unicodedata.normalize("NFKD", name)
        words = " ".join(word for token in plain.split() for word in self._say(token))
        said = all(_WORD.fullmatch(word) for word in words.split())
        return words if words and said and self._alike(words) == name else None

    def _say(self, token: str) -> list[str]:
        """`co2` is said `c o two`; a number is said in words."""
        parts = _PART.findall(token)
        if "".join(parts) != token:
            return [token]
        mixed = len(parts) > 1
        said: list[str] = []
        for part in parts:
            letters = mixed and part.isalpha() and len(part) <= _LONGEST_ACRONYM
            said.extend(part if letters else self._words.get(part, part).split())
        return said


class _Writer:
    """Writes template trees as JSGF; what needs a list that is empty here is left out."""

    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        self._lists = lists
        self._used: set[str] = set()

    def used(self) -> dict[str, str]:
        return {f"list_{name}": " | ".join(self._lists[name]) for name in sorted(self._used)}

    def choice(self, nodes: Iterable[Node]) -> str:
        return " | ".join(text for node in nodes if (text := self._text(node)))

    def _text(self, node: Node) -> str | None:
        """None: it cannot be said in this house. Empty: nothing needs to be said."""
        match node.kind:
            case "words":
                return node.text.strip()
            case "list":
                return self._list(node.text)
            case "choice":
                return self._choice(node)
            case "series":
                parts = [self._text(part) for part in node.parts]
                return None if None in parts else " ".join(part for part in parts if part)
        raise ValueError(f"a spoken sentence cannot hold a {node.kind}")

    def _list(self, name: str) -> str | None:
        if not self._lists[name]:
            return None
        self._used.add(name)
        return f"<list_{name}>"

    def _choice(self, node: Node) -> str | None:
        parts = [text for part in node.parts if (text := self._text(part)) is not None]
        said = [text for text in parts if text]
        if not said:
            return "" if parts else None
        body = " | ".join(said)
        return f"[{body}]" if len(said) < len(parts) else f"({body})"
