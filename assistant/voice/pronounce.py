"""From the international phonetic alphabet, as espeak-ng writes it, to the ARPAbet of the recognizer's dictionary."""

# American English as espeak-ng's en-us writes it; the longest match wins. The acoustic model knows no stress.
_ARPABET = {
    "aɪɚ": "AY ER",
    "aɪə": "AY AH",
    "aʊɚ": "AW ER",
    "oːɹ": "AO R",
    "ɔːɹ": "AO R",
    "ɑːɹ": "AA R",
    "tʃ": "CH",
    "dʒ": "JH",
    "aɪ": "AY",
    "aʊ": "AW",
    "eɪ": "EY",
    "oʊ": "OW",
    "əʊ": "OW",
    "ɔɪ": "OY",
    "iə": "IY AH",
    "əl": "AH L",
    "ən": "AH N",
    "ɑː": "AA",
    "ɔː": "AO",
    "oː": "AO",
    "iː": "IY",
    "uː": "UW",
    "ɜː": "ER",
    "aː": "AA",
    "ɑ": "AA",
    "ɒ": "AA",
    "a": "AE",
    "æ": "AE",
    "ʌ": "AH",
    "ə": "AH",
    "ɐ": "AH",
    "ɔ": "AO",
    "o": "OW",
    "ɛ": "EH",
    "e": "EH",
    "ɚ": "ER",
    "ɝ": "ER",
    "ɪ": "IH",
    "ᵻ": "IH",
    "i": "IY",
    "y": "UW",
    "ø": "ER",
    "œ": "ER",
    "ʊ": "UH",
    "u": "UW",
    "b": "B",
    "d": "D",
    "ð": "DH",
    "f": "F",
    "ɡ": "G",
    "g": "G",
    "h": "HH",
    "x": "K",
    "ç": "HH",
    "j": "Y",
    "k": "K",
    "l": "L",
    "ɫ": "L",
    "ɬ": "L",
    "m": "M",
    "n": "N",
    "ŋ": "NG",
    "ɲ": "N Y",
    "p": "P",
    "ɹ": "R",
    "r": "R",
    "ɾ": "T",
    "s": "S",
    "ʃ": "SH",
    "t": "T",
    "ʔ": "T",
    "θ": "TH",
    "v": "V",
    "w": "W",
    "z": "Z",
    "ʒ": "ZH",
}
_LONGEST = max(map(len, _ARPABET))


def arpabet(ipa: str) -> str:
    """`zˈɪɡbiː` -> `Z IH G B IY`. Signs that are no sound of English are left out; empty where nothing is left."""
    phones: list[str] = []
    position = 0
    while position < len(ipa):
        for length in range(_LONGEST, 0, -1):
            phone = _ARPABET.get(ipa[position : position + length])
            if phone is not None:
                phones.append(phone)
                position += length
                break
        else:
            position += 1
    return " ".join(phones)
