"""What templates promise: they say what devices mean, and can neither reach out nor run on."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.reading import Command, Verb
from sensors.templates import NoValue, TemplateFailed, compile_template, render_command


def rendered(source: str, value: str = "", value_json: object = None) -> object:
    return compile_template(source)(value, value_json)


@pytest.mark.parametrize(
    ("source", "value", "value_json", "expected"),
    [
        ("{{ value }}", "21.5", None, "21.5"),
        ("{{ value_json.a.b }}", "", {"a": {"b": 3}}, 3),
        ("{{ value_json['a'][0][\"b\"] }}", "", {"a": [{"b": "x"}]}, "x"),
        ("{{value_json.temperature}}", "", {"temperature": 21.5}, 21.5),
        ("{{ value_json.t | float | round(1) }}", "", {"t": "3.14159"}, "3.1"),
        ("{{ (value | float - 32) * 5 / 9 }}", "50", None, "10.0"),
        ("{{ value_json.q | default('None') }}", "", {}, "None"),
        ("{{ value_json.on | iif('ON', 'OFF') }}", "", {"on": True}, "ON"),
        ("{% if value_json.y is defined %}{{ value_json.y }}{% else %}0{% endif %}", "", {}, "0"),
        ("{{ 'ON' if value | int > 5 else 'OFF' }}", "7", None, "ON"),
        ("{{ {'off': 0, 'low': 1}[value_json['fan']] | default('None') }}", "", {"fan": "low"}, "1"),
        ("{% set words = {None: None, 'idle': 'idle'} %}{{ words[value_json['s']] }}", "", {"s": "idle"}, "idle"),
        ("{{ value.split(',')[1] }}", "1,2", None, "2"),
        ("{% for i in [1, 2] %}{{ i ~ ';' }}{% endfor %}", "", None, "1;2;"),
        ("{{ value | regex_replace('[^0-9.]', '') }}", "21.5 °C", None, "21.5"),
        ("{{ value | regex_findall_index('([0-9]+)%', 0) }}", "wifi 71% ok", None, "71"),
        ("{{ 'ON' if value | regex_search('^open', ignorecase=True) else 'OFF' }}", "Opened", None, "ON"),
        ("{{ as_timestamp(value_json.at) | int }}", "", {"at": "2026-11-21T08:00:00Z"}, "1795248000"),
        ("{{ 1795248000 | timestamp_utc }}", "", None, "2026-11-21T08:00:00+00:00"),
        ("{{ value_json.t | average | round(1) }}", "", {"t": [20, 21, 22.5]}, "21.2"),
        ("{{ value | base64_decode }}", "MjEuNQ==", None, "21.5"),
        ("{{ value | int | bitwise_xor(3) }}", "5", None, "6"),
    ],
)
def test_templates_of_devices_mean_what_they_say(source: str, value: str, value_json: object, expected: object) -> None:
    assert rendered(source, value, value_json) == expected


@pytest.mark.parametrize("source", ["{{ value_json.gone }}", "{{ value_json.a.b }}", "{{ value_json.x | is_defined }}"])
def test_what_is_not_in_the_payload_is_no_value_and_no_error(source: str) -> None:
    with pytest.raises(NoValue):
        rendered(source, "", {"a": None})


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ value.__init__.__globals__ }}",
        "{{ value_json | attr('__class__') }}",
        "{{ self._TemplateReference__context }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ '{0.__class__}'.format(value) }}",
        "{{ value_json.update({'a': 1}) }}",
        "{{ value.encode() }}",
        "{{ cycler.__init__ }}",
    ],
)
def test_templates_reach_nothing_outside(source: str) -> None:
    with pytest.raises((TemplateFailed, NoValue)):
        rendered(source, "x", {"a": 1})


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
        "{% for i in range(100000000) %}x{% endfor %}",
        "{% for i in [1] %}{% for j in [1] %}{% for k in [1] %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for i in range(250) %}{% for j in range(250) %}{{ value | upper | length }}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{% block a %}x{% endblock %}{% block b %}{{ self.a() }}{{ self.a() }}{% endblock %}",
        "{% for x in [[[]]] recursive %}{{ loop(x) }}{% endfor %}",
        "{{ 'a'.center(999999999) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ value | replace('', value) }}",
        "{{ value | join(value) }}",
        "{{ value | regex_match('(y+)+$') }}",
        "{{ value[:900] | regex_search('(y|y)*z') }}",
        "{{ value[:900] | regex_search('y*y*y*z') }}",
        "{{ value | regex_replace('y', 'yyyy') }}",
        "{{ '\\ud800' }}",
        "{{ " + "(" * 1500 + "1" + ")" * 1500 + " }}",
        "{{ value " + "| upper " * 400 + "}}" + "x" * 4000,
    ],
)
def test_templates_that_would_grow_or_run_on_are_stopped(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(TemplateFailed):
        rendered(source, "y" * 60_000)
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{{ states('sensor.x') }}", "states"),
        ("{{ states.sensor.x.state }}", "states"),
        ("{{ now().timestamp() }}", "now"),
        ("{{ this.state }}", "this"),
        ("{{ value | timestamp_local }}", "timestamp_local"),
        ("{{ value | no_such_filter }}", "no_such_filter"),
    ],
)
def test_what_a_template_here_does_not_know_is_named_before_the_first_message(source: str, named: str) -> None:
    with pytest.raises(TemplateFailed, match=named):
        compile_template(source)


@given(st.text(alphabet="ay(|)*+?{2,}[]^$.\\", max_size=24))
@settings(max_examples=200, deadline=500)
def test_no_regular_expression_runs_on(pattern: str) -> None:
    try:
        compile_template("{{ value | regex_search(p) | string }}").render({"value": "a" * 1000, "p": pattern})
    except (NoValue, TemplateFailed):
        return


PIECES = st.sampled_from(
    "{{ }} {% %} value value_json . [ ] ( ) | ~ + * ** % / for in if endfor endif set = 1 99999 'x' float int round"
    " range default , join replace list length upper".split()
)


@settings(max_examples=300, deadline=2_000)
@given(st.lists(PIECES, max_size=25), st.text(max_size=50))
def test_no_template_raises_anything_but_its_two_errors(pieces: list[str], value: str) -> None:
    try:
        rendered(" ".join(pieces), value, {"a": [1, 2, {"b": value}]})
    except (NoValue, TemplateFailed):
        return


def command(payload: str, *, scale: float = 1.0, takes_value: bool = True) -> Command:
    return Command(verb=Verb.SET_BRIGHTNESS, topic="t", payload=payload, takes_value=takes_value, scale=scale)


@pytest.mark.parametrize(
    ("payload", "scale", "value", "expected"),
    [
        ("{{ value }}", 1.0, 21.5, b"21.5"),
        ("{{ value }}", 1.0, 21.0, b"21"),
        ('{"state": "ON", "brightness": {{ value }}}', 2.54, 50, b'{"state": "ON", "brightness": 127}'),
        ('{ "position": {{ position }} }', 1.0, 30, b'{ "position": 30 }'),
        ("{{ (value * 1.8 + 32) | round(1) }}", 1.0, 21, b"69.8"),
    ],
)
def test_a_command_carries_its_value_as_the_device_wants_it(
    payload: str, scale: float, value: float, expected: bytes
) -> None:
    assert render_command(command(payload, scale=scale), value) == expected


def test_a_command_without_a_value_is_sent_as_it_stands() -> None:
    assert render_command(command("{{ not a template }}", takes_value=False), None) == b"{{ not a template }}"


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_command_that_needs_a_number_takes_nothing_else(value: float | None) -> None:
    with pytest.raises(ValueError, match="needs a number"):
        render_command(command("{{ value }}"), value)
