"""Where a match can begin, and where a repeat can end: found quickly, the same matches as by trying
everywhere."""
import itertools
import re

PIECES = [r"\d+", r"\bab", r"(?<=a)b", r"(a|bc)", r"a?b", r"[ab]*c", r"(?:ab)+", r"(?:ab)*c",
          r"(?=b)[a-c]", r"(?!a)\w",
          r"(?i:A)b", r"(?i:[É-Ö])", r"^a", r"b$", r"\w+?a", r"[^a]b", r".a", r"(?P<n>a+)(?P<m>b)",
          r"(a)|b", r"(?:|a)b",
          r"\B\w", r"(a*)(b*)c", r"([ab]+)([b-c])", r"(\w+)(\w)(?=c)", r"a{2,3}", r"(?>a+)b",
          r"a*+b", r"(?:a+)++b",
          r"(?i:straße|ÀB)", r"(?s:.)b", r"é|a", r"€|b", r"(?:a|)c", r"(?:(?:a|b)|c)d?"]
TEXTS = ["", "a", "b", "ab", "aab", "abc cab 12", "xaabbcc\nab", "ÀB àb STRASSE straße éÉ", "a€b€c",
         "aaaabaaab", "x1y22z333",
         "\U0001f600ab", "bcbcbca"]


for a, b in itertools.product(PIECES, PIECES):
    for flags in 0, re.I, re.A:
        try:
            pattern = re.compile(a.replace("?P<n>", "").replace("?P<m>", "") + b, flags)
        except re.error:
            continue
        for text in TEXTS:
            first = pattern.search(text)
            slow = next(filter(None, (pattern.match(text, i) for i in range(len(text) + 1))), None)
            assert (first and (first.span(), first.groups())) == (slow
                                                                  and (slow.span(), slow.groups())), (
                pattern, text, first, slow)
            if text.isascii() and pattern.pattern.isascii():
                data = re.compile(pattern.pattern.encode(), flags & ~re.A)
                found = data.search(text.encode())
                again = next(filter(None, (data.match(text.encode(), i)
                                           for i in range(len(text) + 1))), None)
                assert (found and found.span()) == (again and again.span()), (data, text)
assert re.findall(r"\b[a-z]+\b", "one Two three") == ["one", "three"]
assert re.findall(r"(?i)error|time", "An ERROR, Time") == ["ERROR", "Time"]
assert (re.search(r"(?i)k", "\u212a") and re.search("(?i)\u212a", "xk")
        and re.search(r"(?i)[i-k]", "\u212a"))
assert [m.span() for m in re.finditer(r"\d*", "a12b")] == [(0, 0), (1, 3), (3, 3), (4, 4)]
assert re.search(r"(\w+)([\d])x", "ab12x").groups() == ("ab1", "2")
assert re.sub(r"(\w+)=(\w*);", r"\2:\1", "a=1;bb=22;c=;") == "1:a22:bb:c"
print("ok")
