"""`describe_house`: what rooms and devices there are, and what a reading looks like. Reads only; stores nothing."""

from sensors.home import House
from sensors.questions import Questions
from sensors.reading import Quantity
from tools.answers import Answer, ExampleAnswer, HouseAnswer, LatestAnswer
from tools.arguments import AnswerKind, DescribeHouse, QuerySensors, Topic
from tools.contract import Asker, ErrorCode, Outcome, ToolError, Visible, everything
from tools.names import find_rooms, spoken_name, unknown_place, words
from tools.readings import Readings
from tools.reasons import Reason


class Description:
    """Answers `describe_house`."""

    def __init__(self, questions: Questions, readings: Readings, *, visible: Visible = everything) -> None:
        self._questions = questions
        self._visible = visible
        self._readings = readings

    async def describe(self, asked: DescribeHouse, asker: Asker) -> Outcome:
        """Raises ToolError(UNKNOWN_NAME) for a room that there is not, NO_DATA for an example of nothing recorded."""
        house = self._visible(await self._questions.house(), asker)
        answer: Answer
        match asked.topic:
            case Topic.ROOMS:
                answer = HouseAnswer(topic=asked.topic, where=None, names=tuple(room.lower() for room in house.rooms))
            case Topic.DEVICES:
                answer = _devices(house, asked.where)
            case Topic.EXAMPLE_READING:
                answer = await self._example(asked, asker)
        return Outcome(resolved={"topic": asked.topic.value, "where": asked.where}, answer=answer)

    async def _example(self, asked: DescribeHouse, asker: Asker) -> ExampleAnswer:
        """The newest real reading of that kind; nothing is made up, so where there is none that is said."""
        question = QuerySensors(
            answer=AnswerKind.LATEST,
            quantity=asked.quantity or Quantity.TEMPERATURE,
            where=asked.where,
            period=None,
            versus=None,
            versus_period=None,
            state=None,
            comparison=None,
            threshold=None,
            unit=None,
        )
        answer = (await self._readings.query(question, asker)).answer
        if not isinstance(answer, LatestAnswer):
            raise ToolError(ErrorCode.NO_DATA, Reason.NOTHING_RECORDED)
        return ExampleAnswer(row=max(answer.rows, key=lambda row: row.at_ms))


def _devices(house: House, where: str | None) -> HouseAnswer:
    rooms = find_rooms(house, where) if where else house.rooms
    if where and not rooms:
        raise unknown_place(house, where)
    here = [entity for entity in house.entities if not where or entity.room in rooms]
    # How a device is doing and how it is set up are not devices.
    entities = [entity for entity in here if entity.category is None]
    names = dict.fromkeys(spoken_name(entity, house) for entity in entities)
    called = [name.lower() for name, meant in house.places if where and meant == rooms]
    place = next((name for name in called if words(name) == words(where or "")), next(iter(called), None))
    return HouseAnswer(topic=Topic.DEVICES, where=place, names=tuple(sorted(names)))
