"""Text and states of codecs as no encoder writes them, fields of exceptions that are something else,
and long runs of marks, which are ordered in linear time."""
import codecs
import random
import sys
import unicodedata

# marks of several classes, stable within a class
rng = random.Random(3)
marks = ["\u0301", "\u0300", "\u0327", "\u0345", "\u0316", "\u05b0", "\u0334"]
own = sys.implementation.name == "typhon"
for count in (1, 2, 29, 30, 31, 300, 200_000 if own else 2000):
    run = rng.choices(marks, k=count)
    text = "q" + "".join(run) + "z" + "".join(run)
    ordered = "".join(sorted(run, key=unicodedata.combining))
    assert unicodedata.normalize("NFD", text) == "q" + ordered + "z" + ordered
    assert unicodedata.normalize("NFC", unicodedata.normalize("NFC", text)) == unicodedata.normalize("NFC", text)

# the text of what cannot be encoded is asked for before anything has failed
encoder = codecs.getincrementalencoder("gbk")()


class Text:
    def __str__(self):
        return "text".upper().lower()


try:
    encoder.errors = "\ud800"
    encoder.encode(Text())
except (UnicodeEncodeError, TypeError):
    pass
else:
    raise AssertionError("taken")

if own:  # the reference reads beyond its tables and objects
    for name in ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_kr", "hz"):
        for _ in range(2000):
            decoder = codecs.getincrementaldecoder(name)("replace")
            state = bytes(rng.randrange(256) for _ in range(8))
            decoder.setstate((b"", int.from_bytes(state, "little")))
            decoder.decode(bytes(rng.choices(b"\x1b$B~{\x0e\x0f(IAN.-@", k=12)), True)
            encoder = codecs.getincrementalencoder(name)("ignore")
            encoder.setstate(int.from_bytes(b"\0" + state, "little"))
            encoder.encode("a\u3042\uac00\u4e00b", True)
            encoder.reset()
    for error in (UnicodeEncodeError("x", "abc", 0, 1, "r"), UnicodeDecodeError("x", b"abc", 0, 1, "r"),
                  UnicodeTranslateError("abc", 0, 1, "r")):
        error.end = -2**63
        assert "position 0" in str(error)
        error.object = 5
        try:
            str(error)
        except TypeError:
            pass
        else:
            raise AssertionError("shown")

print("ok")
