"""A missing microphone is looked for at once when something was plugged in, and costs next to nothing until then."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.voice.plugged import QUICK_SECONDS, SLOW_SECONDS, Attempts, signs


def test_whatever_is_plugged_in_or_started_is_seen(tmp_path: Path) -> None:
    server = tmp_path / "pulse"
    surroundings = {"PULSE_SERVER": f"unix:{server}", "XDG_RUNTIME_DIR": str(tmp_path)}

    def seen() -> tuple[object, ...]:
        return signs(surroundings, tmp_path / "snd")

    before = [seen()]
    (tmp_path / "snd").mkdir()
    for path in (tmp_path / "snd" / "pcmC1D0c", server, tmp_path / "pipewire-0"):
        assert seen() == before[-1]
        path.touch()
        before.append(seen())
    server.rename(tmp_path / "old")
    server.touch()
    before.append(seen())
    assert len(set(before)) == 5, "a server that was started anew is another one"


@given(st.lists(st.tuples(st.floats(0.5, 4), st.booleans()), max_size=300))
def test_it_is_looked_for_often_enough_and_not_all_the_time(story: list[tuple[float, bool]]) -> None:
    attempts, now, tried, missing, plugged = Attempts(), 0.0, 0.0, 0.0, 0
    for seconds, something in story:
        now, plugged = now + seconds, plugged + something
        worth = attempts.is_worth_it(now, (plugged,))
        if something or tried == 0 or now - missing < QUICK_SECONDS or now - tried >= SLOW_SECONDS:
            assert worth
        if worth:
            missing = now if something or tried == 0 else missing
            attempts.found_nothing(now, (plugged,))
            tried = now
    attempts.found()
    assert attempts.is_worth_it(now, (plugged,))


def test_a_month_without_a_microphone_is_an_attempt_each_half_minute() -> None:
    attempts, made = Attempts(), 0
    for now in range(0, 86_400, 2):
        if attempts.is_worth_it(float(now), ()):
            attempts.found_nothing(float(now), ())
            made += 1
    assert made <= QUICK_SECONDS / 2 + 86_400 / SLOW_SECONDS
