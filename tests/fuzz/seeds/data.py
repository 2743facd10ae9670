"""Literals, containers, comprehensions, operators, strings, pattern matching."""
big = 123456789012345678901234567890 ** 2 % 998244353
print(0x1F, 0b101, 0o17, 1_000, 1.5e3, 2j * 3, True, None, ..., b"ab\xff", r"\n",
      "é€\N{BULLET}\U0001F600", big)
a = [1, *range(3), *"ab"]
d = {"k": 1, **{"z": 2}, 3: [4]}
s = {1, 2, *a[:2]}
print(a[1:3], a[::-1], a[-1], d, sorted(s, key=str), (1,), ())
a[1:2] = [9, 8]
d["n"] = d.get("k") + 1
print([x * y for x in range(3) for y in range(x) if x != y], {k: v for k, v in d.items() if v},
      {x % 3 for x in range(9)})
print(sum(x for x in range(5)), [y := 3, y ** 2], 7 // 2, -7 % 3, 1 << 4 | 3 ^ 1 & ~0,
      3 @ M if False else 1)
print(1 < 2 < 3 != 4, not [] or 5, 3 in a, None is not ..., "a" "b" f"{a[0]!r:>4}{big:,}{d['k']=}",
      "%s %5.2f" % ("x", 3.14159))


def classify(v):
    match v:
        case 0 | 1:
            return "small"
        case int(n) if n > 100:
            return f"big {n}"
        case [x, *rest]:
            return ("list", x, rest)
        case {"k": k, **others}:
            return ("map", k, others)
        case str() as text:
            return text.upper()
        case complex(real=r, imag=0.0):
            return r
        case None | True:
            return "single"
        case _:
            return "other"


print([classify(v) for v in (0, 500, [1, 2, 3], {"k": 1, "l": 2}, "abc", 2 + 0j, None, 3.5)])
