"""Says sentences that a JSGF grammar allows: an independent reader of what the grammar writer writes."""

import random
import re

_TOKEN = re.compile(r"<\w+>|[()\[\]|]|[^\s()\[\]|<>]+")

Tree = list["str | tuple[bool, list[Tree]]"]
"""A sequence of words, `<rules>` and (optional, choices)."""


class Grammar:
    def __init__(self, text: str) -> None:
        header, name, *lines = text.strip().split("\n")
        assert header == "#JSGF V1.0;" and name.startswith("grammar ")
        self.rules: dict[str, list[Tree]] = {}
        for line in lines:
            head, body = line.removeprefix("public ").removesuffix(";").split(" = ", 1)
            tokens = _TOKEN.findall(body)
            self.rules[head] = _choices(tokens, "")
            assert not tokens

    def words(self) -> set[str]:
        return {word for choices in self.rules.values() for word in _leaves(choices)}

    def say(self, rule: str, dice: random.Random) -> str:
        return " ".join(self._said(dice.choice(self.rules[rule]), dice))

    def _said(self, tree: Tree, dice: random.Random) -> list[str]:
        words: list[str] = []
        for part in tree:
            if isinstance(part, tuple):
                optional, choices = part
                if not (optional and dice.random() < 0.5):
                    words += self._said(dice.choice(choices), dice)
            elif part.startswith("<"):
                words += self._said(dice.choice(self.rules[part]), dice)
            else:
                words.append(part)
        return words


def _choices(tokens: list[str], closing: str) -> list[Tree]:
    """Takes tokens up to the closing bracket, as the alternatives between the bars."""
    choices: list[Tree] = [[]]
    while tokens:
        token = tokens.pop(0)
        if token in {")", "]"}:
            assert token == closing
            return choices
        if token == "|":
            choices.append([])
        elif token in {"(", "["}:
            choices[-1].append((token == "[", _choices(tokens, ")" if token == "(" else "]")))
        else:
            choices[-1].append(token)
    assert not closing
    return choices


def _leaves(choices: list[Tree]) -> set[str]:
    leaves: set[str] = set()
    for tree in choices:
        for part in tree:
            if isinstance(part, tuple):
                leaves |= _leaves(part[1])
            elif not part.startswith("<"):
                leaves.add(part)
    return leaves
