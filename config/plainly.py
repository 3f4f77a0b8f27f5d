"""What a value has to be, for whoever writes it into a file: pydantic says it to programmers."""

from pydantic_core import ErrorDetails as ErrorDetails

_WHOLE, _NUMBER, _TEXT, _TRUTH = (
    "a whole number",
    "a number",
    'a text in quotes: "..."',
    "true or false, without quotes",
)
_LIST, _PATH = "a list in brackets: [...]", 'a path in quotes: "..."'
_NEEDED = {
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "string_type": _TEXT,
    "path_type": _PATH,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "literal_error": "{expected}",
    "enum": "{expected}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
}


def reason(problem: ErrorDetails) -> str:
    """Why pydantic refused a value, as the middle of a sentence."""
    needed = _NEEDED.get(problem["type"])
    if needed is None:
        return problem["msg"].removeprefix("Value error, ")
    return f"it must be {needed.format(**problem.get('ctx', {}))}"
