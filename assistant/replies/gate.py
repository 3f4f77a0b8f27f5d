"""What is asked before anything is done in the house, and what is said of what came of it."""

from collections.abc import Sequence

from assistant.replies.figures import Figures
from assistant.replies.words import capital
from config.asking import Ask
from tools.answers import Action, AlreadyAnswer
from tools.executor import Done, Receipt
from tools.proposals import Unfinished
from tools.reasons import reason_of


class GateReplies:
    """Questions and receipts in one house's words."""

    def __init__(self, say: Figures) -> None:
        self._say = say
        self._words = say.words
        self._texts = say.spoken.gate

    def asked(self, actions: Sequence[Action]) -> str:
        """`turn off the lamp and the fan, and lock the front door`: what is done alike is said together."""
        told = [
            self._words.asked(alike[0].verb, [action.name for action in alike], self._value(alike[0]))
            for alike in _alike(actions)
        ]
        return self._say.spoken.grammar.and_then.join(told)

    def question(self, actions: Sequence[Action], ask: Ask, echo: str | None, now_state: str | None) -> str:
        said = [self._texts.question.format(asked=self.asked(actions))]
        if now_state:
            names = self._words.named(*(action.name for action in actions))
            said.append(self._texts.now.format(names=names, state=self._words.state(now_state)))
        match ask:
            case Ask.CONSOLE:
                said.append(self._texts.at_console)
            case Ask.PIN:
                said.append(self._texts.with_pin.format(echo=self._words.named(echo or "")))
            case _ if echo is not None:
                said.append(self._texts.with_echo.format(echo=self._words.named(echo)))
        return " ".join(said)

    def echo_needed(self, actions: Sequence[Action], echo: str) -> str:
        return self._texts.echo_needed.format(asked=self.asked(actions), echo=self._words.named(echo))

    def already(self, answer: AlreadyAnswer) -> str:
        value = self._say.value(answer.state, answer.unit)
        is_number = value[:1].isdigit() or value.startswith("-")
        state = self._texts.at_value.format(value=value) if is_number else value
        return capital(self._texts.already.format(names=self._words.named(*answer.names), state=state))

    def receipts(self, receipts: Sequence[Receipt]) -> str:
        done = [receipt.action for receipt in receipts if receipt.done is Done.DONE]
        sentences = [self._done(alike) for alike in _alike(done)]
        sentences += [self._not_done(receipt) for receipt in receipts if receipt.done is not Done.DONE]
        return " ".join(capital(sentence) for sentence in sentences)

    def unfinished(self, unfinished: Unfinished) -> str:
        when, names = self._say.when(unfinished.at_ms), self._words.named(*unfinished.names)
        return self._texts.unfinished.format(when=when, names=names)

    def _done(self, actions: Sequence[Action]) -> str:
        names = self._words.named(*(action.name for action in actions))
        return self._say.spoken.deeds[actions[0].verb].done.format(names=names, value=self._value(actions[0]))

    def _value(self, action: Action) -> str:
        return self._say.wanted(action.value, action.unit)

    def _not_done(self, receipt: Receipt) -> str:
        name = self._words.named(receipt.action.name)
        match receipt.done:
            case Done.CHANGED_MEANWHILE:
                return self._texts.changed_meanwhile.format(name=name)
            case Done.SENT:
                return self._texts.sent.format(name=name)
            case Done.NOT_SENT:
                return self._texts.not_sent.format(name=name, reason=self._reason(receipt.detail))
            case _ if isinstance(receipt.now_state, str):
                return self._texts.still_says.format(name=name, state=self._words.state(receipt.now_state))
            case _:
                return self._texts.not_answered.format(name=name)

    def _reason(self, detail: str) -> str:
        """Why nothing was sent; what the broker says of itself is told as the language has it."""
        known = self._say.spoken.errors.reasons.get(reason_of(detail) or "")
        return known or self._texts.other_detail.format(detail=detail.rstrip("."))


def _alike(actions: Sequence[Action]) -> list[list[Action]]:
    """Grouped by what is done, in the order in which each was asked for."""
    groups: dict[object, list[Action]] = {}
    for action in actions:
        groups.setdefault((action.verb, action.value, action.unit), []).append(action)
    return list(groups.values())
