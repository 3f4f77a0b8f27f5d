"""Whether a text is in a language in which nobody can tell yet what it claims. Pure; the words are the languages' own.

What a model writes is held against what was asked and done, and the words for deeds and states are known in English.
"""

import re
from functools import cache

from assistant.sentences.templates import literals
from config.language import languages, load_language
from config.naming import naming

_HELD = "en"
_WORD = re.compile(r"[^\W\d_]+")


def is_foreign(text: str) -> bool:
    """True where more of its small words, or of its words for deeds, are another language's than English ones."""
    said = _WORD.findall(text.lower())
    english = sum(word in _small_words(_HELD) for word in said)
    return any(sum(word in _small_words(code) for word in said) > english for code in languages() if code != _HELD)


def read_ahead() -> None:
    """Reads the words of every language, for which the first text would have to wait; takes a moment."""
    for code in languages():
        _small_words(code)


@cache
def _small_words(code: str) -> frozenset[str]:
    """Those that hardly any sentence is without; of other languages without what is an English word too."""
    language = load_language(code)
    wording, names = language.wording, [one for one in naming() if one.language == code]
    groups = (wording.articles, wording.fillers, wording.asking, wording.others, wording.denials, wording.before_place)
    words = {word for group in groups for phrase in group for word in phrase.split()}
    words |= {word for one in names for word in (*one.skipped, *one.articles, *one.all, *one.deeds)}
    if code == _HELD:
        return frozenset(words | {word for word in literals(language) if word.isalpha()})
    return frozenset(words - _small_words(_HELD))
