"""Numbers as a language says them: whole ones from its spelling rules, the rest from its data. Pure."""

from collections.abc import Iterator, Mapping

from assistant.sentences.wording import Phrase
from config.language import Wording


def numbers_said(spelled: Mapping[Phrase, int], data: Wording) -> Mapping[Phrase, float]:
    """Everything that is said for a number, such as `("two",) -> 2` or `("zweieinhalb",) -> 2.5`.

    `spelled` has the whole numbers as a book spells them.
    """
    whole = {words: float(number) for words, number in spelled.items() if " ".join(words) not in data.no_numbers}
    said = dict(whole)
    for words, number in whole.items():
        said |= dict.fromkeys(_shortened(words, data.shortened), number)
    if data.joined_half:
        said |= {(f"{words[0]}{data.joined_half}",): number + 0.5 for words, number in said.items() if len(words) == 1}
    return said | {tuple(words.split()): number for words, number in data.numbers.items()}


def _shortened(words: Phrase, shortened: Mapping[str, str]) -> Iterator[Phrase]:
    """`hundert` for `einhundert`, also at the beginning of longer numbers."""
    for book, spoken in shortened.items():
        if words[0].startswith(book):
            yield (words[0].replace(book, spoken, 1), *words[1:])
