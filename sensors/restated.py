"""Answers about a series whose numbers are really in another unit than the one in which they are heard. Pure."""

from dataclasses import replace
from typing import TypeVar

from sensors.measures import Aggregate, Change, Sample, Total, Trend
from sensors.units import convert

Answer = TypeVar("Answer", Sample, Change, Aggregate, Total, Trend)


def restated(answer: Answer, from_unit: str, to_unit: str) -> Answer:
    """The same answer in another unit; where it is a state, as it was. Raises ValueError as `convert` does."""

    def value(number: float) -> float:
        return convert(number, from_unit, to_unit)

    def amount(number: float) -> float:
        """A difference: ten degrees more in Celsius are eighteen more in Fahrenheit."""
        return value(number) - value(0.0)

    match answer:
        case Sample(value=float() as now):
            return replace(answer, value=value(now))
        case Change(value=float() as now, before=float() as before):
            return replace(answer, value=value(now), before=value(before))
        case Aggregate():
            return replace(
                answer, mean=value(answer.mean), minimum=value(answer.minimum), maximum=value(answer.maximum)
            )
        case Total():
            return replace(answer, value=amount(answer.value))
        case Trend():
            return replace(
                answer,
                first=value(answer.first),
                last=value(answer.last),
                slope_per_hour=amount(answer.slope_per_hour),
            )
    return answer
