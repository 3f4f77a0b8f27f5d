"""What waits to be stored has bounds in number and in bytes, and costs only what the broker will not send again."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from sensors.message import Message
from sensors.waiting import Waiting


def message(size: int, qos: int = 0) -> Message:
    return Message(topic="t", payload=b"x" * size, qos=qos)


def test_a_flood_of_large_payloads_is_bounded_in_bytes() -> None:
    waiting = Waiting(most=1_000, most_bytes=10_000)
    taken = [waiting.put(message(3_000)) for _ in range(100)]
    assert (sum(taken), waiting.dropped, len(waiting)) == (4, 96, 4)
    assert len(waiting.take(1_000)) == 4
    assert waiting.put(message(9_000)), "what was taken away makes room"


def test_whoever_fills_it_waits_for_room_and_not_for_ever() -> None:
    waiting = Waiting(most=10, most_bytes=10_000)
    waiting.wait_for_room(30)
    for _ in range(6):
        waiting.put(message(1))
    waiting.wait_for_room(0.01)
    filling = threading.Thread(target=waiting.wait_for_room, args=(30,))
    filling.start()
    waiting.take(1)
    filling.join(10)
    assert not filling.is_alive()


def test_what_the_broker_keeps_too_always_fits() -> None:
    waiting = Waiting(most=2, most_bytes=10)
    assert all(waiting.put(message(100, qos=1)) for _ in range(50))
    assert waiting.dropped == 0


def test_after_a_reconnection_only_what_comes_again_is_forgotten() -> None:
    waiting = Waiting(most=10, most_bytes=1_000)
    for qos in (0, 1, 0, 1):
        waiting.put(message(100, qos))
    waiting.forget_acknowledgeable()
    assert [one.qos for one in waiting.take(10)] == [0, 0]
    assert all(waiting.put(message(100)) for _ in range(10)), "the bytes of what was forgotten count no more"


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from([0, 1])) | st.integers(1, 5), max_size=60))
def test_whatever_comes_and_goes_the_bounds_hold_and_the_order_stays(steps: list[tuple[int, int] | int]) -> None:
    waiting, inside, put = Waiting(most=8, most_bytes=1_000), list[Message](), 0
    for step in steps:
        if isinstance(step, int):
            taken = waiting.take(step)
            assert taken == inside[: len(taken)] and len(taken) == min(step, len(inside))
            inside = inside[len(taken) :]
            continue
        one = Message(topic=str(put), payload=b"x" * step[0], qos=step[1])
        put += 1
        full = len(inside) >= 8 or sum(len(other.payload) for other in inside) >= 1_000
        assert waiting.put(one) is (one.qos == 1 or not full)
        if one.qos == 1 or not full:
            inside.append(one)
