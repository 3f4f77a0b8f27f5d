"""The transcriber of a language that nothing here understands: whoever speaks is heard, and told that it was in vain.

With it such a house still has a voice: it announces, it rings, and its wake word ends what rings.
"""

from assistant.ports import Said, Transcript, Vocabulary


class NothingUnderstood:
    def begin(self, vocabulary: Vocabulary) -> None: ...

    def feed(self, frame: bytes) -> None: ...

    def pause(self) -> Said:
        return Said.PART

    def finish(self) -> Transcript:
        return Transcript(text="", rejected=True)
