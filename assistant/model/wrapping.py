"""Takes off what a model puts around its answer: headings, labels of who speaks, fences, citations, formulas, manners.

Pure. What it says stays as it is; whether that may be spoken is decided by others.
"""

import html
import re

_MOST_LAYERS = 8
_PICTURES = re.compile(r"[\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff]|(?<!\S):[a-z][a-z_]+:(?!\S)")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*[\w+-]*[ \t]*$", re.MULTILINE)
_TAG = re.compile(
    r"</?(?:p|br|b|i|u|em|strong|span|div|ul|ol|li|h[1-6]|sub|sup|answer|final|final_answer|response|speak)\b[^<>]*>",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+.*|(\*\*|__)[^*_\n]*[^*_\n.!?:](?:\1:?|:\1))[ \t]*$", re.MULTILINE)
_CITATION = re.compile(
    r"[ \t]*(?:\[\^?\d+(?:[ ,\u2013-]+\d+)*\](?!\()|【[^】\n]*】|[\[(](?:sources?|refs?|via)\b[^\])\n]*[\])]|\^\d+\b)"
    r"|(?<=[.!?])[ \t]+\(\d+\)",
    re.IGNORECASE,
)
_TAGS_OF_FRIENDS = re.compile(r"(?:\s#\w+)+\s*\Z")
_FORMULA = (
    (re.compile(r"\\(?:boxed|text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\s*\^\s*\{?\s*\\circ\s*\}?\s*|\s*\\degrees?\b\s*"), "°"),
    (re.compile(r"\$(?=\S)([^$\n]{0,60}(?<=\S))\$(?!\d)"), r"\1"),
    (re.compile(r"\\[()\[\]]"), ""),
    (re.compile(r"\\([%.,!_#&-])|\\[,;: ]"), r"\1"),
    (re.compile(r"~(?=\d)"), "about "),
)
_OTHERS = re.compile(r"^[ \t]*\W{0,2}(?:user|human|question|q)\W{0,2}:.*$", re.IGNORECASE | re.MULTILINE)
"""A line that the model wrote for the person."""
_ASIDE = re.compile(
    r"^[ \t]*\W{0,2}(?:thoughts?|thinking|reasoning|analysis|observation|action(?: input)?|note)\W{0,2}:.*$",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL = re.compile(
    r"\A[\s*_#>]*(?:(?:the |my |short |final |spoken )*(?:answer|response|reply|output|speech)"
    r"|assistant|ai|bot|model|a|voice)"
    r"(?:[*_]{0,2}(?::|\s[\u2013\u2014-]\s)[*_]{0,2}|\.?\s*\n)\s*(?=\S)",
    re.IGNORECASE,
)
_FINAL = re.compile(r"^.*^\W{0,3}final answer\W{0,2}:", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_MANNERS = re.compile(
    r"\A\s*(?:(?i:(?:sure(?: thing)?|certainly|of course|absolutely|definitely|okay|ok|alright|got it|great"
    r"|(?:that's a |what a )?(?:good|great) question)\s*[!,.:]+\s*"
    r"|(?:here(?:'s| is| are) (?:what i found|the (?:answer|information|details|result|results|status)|your answer)"
    r"|(?:based on|according to) (?:\w+ ){1,4}(?:sensors?|readings?|data|information|results?))\s*[:,.]\s*)"
    r"|\([a-z][^()\n]{2,40}\)\s+(?=[A-Z])|\*[a-z][^*\n]{2,60}\*\s+(?=[A-Z]))(?=\S)"
)
_QUOTED = re.compile(r"\A\s*[\"\u201c]([^\"\u201c\u201d]*)[\"\u201d]\s*\Z")
_GAP = re.compile(r"[ \t]+(?=[.,!?;:](?:\s|\Z))")


def unwrapped(text: str) -> str:
    """The answer by itself, still with the marks of markdown; the text where nothing else would be left."""
    plain = _TAG.sub(" ", _FENCE.sub("", html.unescape(text)))
    plain = _GAP.sub("", _PICTURES.sub("", _TAGS_OF_FRIENDS.sub("", _CITATION.sub("", _without_formulas(plain)))))
    for part in (_others_left_out, _without_headings, _unlabelled):
        plain = part(plain).strip() or plain
    return plain


def _without_formulas(text: str) -> str:
    for formula, said in _FORMULA:
        text = formula.sub(said, text)
    return text


def _others_left_out(text: str) -> str:
    """Without a dialogue that goes on after the answer, and without what led to it."""
    told = _OTHERS.search(text)
    if told is not None:
        before = text[: told.start()]
        text = before if before.strip() else text[told.end() :]
    return _ASIDE.sub("", _FINAL.sub("", text))


def _without_headings(text: str) -> str:
    return _HEADING.sub("", text)


def _unlabelled(text: str) -> str:
    """Labels and manners, in any order, as many as anybody means."""
    for _ in range(_MOST_LAYERS):
        shorter = _QUOTED.sub(r"\1", _MANNERS.sub("", _LABEL.sub("", text, count=1), count=1))
        if shorter == text:
            break
        text = shorter[:1].upper() + shorter[1:]
    return text
