"""str.format takes its arguments as they are handed over: however it is called, and whatever is
missing."""
import inspect


class S(str):
    pass


class Missing(dict):
    def __missing__(self, key):
        return "?" + key


def fails(error, text, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error as e:
        assert str(e) == text, e
    else:
        raise AssertionError(text)


long_name, many = "a" * 30, [str(i) for i in range(40)]
assert "{0}{a}{1}".format(1, 2, a=3, b=4) == "132" and "{a}".format(a=5) == "5"
assert str.format("{self}", self=2) == "2" == "{self}".format(self=2) and "".format(1, x=2) == ""
assert str.format(S("{x}{}"), 6, **{S("x"): 5}) == "56" and S("{}").format(1) == "1"
assert ("{" + long_name + "}").format(**{"".join("a" for _ in range(30)): 9}) == "9"
assert " ".join(["{}"] * 40).format(*many, **{f"k{i}": i for i in range(20)}) == " ".join(many)
assert "{k19}{39}".format(*many, **{f"k{i}": i for i in range(20)}) == "1939"
assert "{a.real}{b[0]}{c[k]}".format(a=3, b="xy", c={"k": 1}) == "3x1"
assert "{!r:>{w}}|{{}}".format("a", w=6) == "   'a'|{}" and "{:{}}".format("a", 3) == "a  "
assert list(map("{:03d}".format, range(2))) == ["000", "001"]
assert getattr("{}", "format")(4) == "4" == "{}".format.__call__(4)
assert "{a}".format_map(Missing()) == "?a" and "{a}".format_map({"a": 1}) == "1"
for other in "", "a", "\xe9", "\u0100", "\U0001f600", "\u0100" * 20:
    assert f"{other}{{{{{{}}}}}}{other}".format(other) == other + "{" + other + "}" + other
    for wrong, text in (("{", "Single '{' encountered in format string"),
                        ("}", "Single '}' encountered in format string"),
                        ("{x", "expected '}' before end of string")):
        fails(ValueError, text, (other + wrong).format, 1, x=2)
for _ in range(3):
    fails(KeyError, "'a'", "{a}".format, 1)
    fails(KeyError, "'a'", "{a}".format, b=1)
    fails(KeyError, "'a'", "{a}".format_map, {})
    fails(IndexError, "Replacement index 1 out of range for positional args tuple", "{}{}".format,
          1)
    fails(IndexError, "Replacement index 5 out of range for positional args tuple", "{5}".format,
          1, a=2, b=3, c=4, d=5, e=6)
    fails(ValueError, "Format string contains positional fields", "{}".format_map, {})
    fails(ValueError, "cannot switch from automatic field numbering to manual field specification",
          "{}{0}".format, 1)
    fails(TypeError, "unbound method str.format() needs an argument", str.format)
    fails(TypeError, "descriptor 'format' for 'str' objects doesn't apply to a 'int' object",
          str.format, 5)
fails(ValueError, "no signature found for builtin <method 'format' of 'str' objects>",
      inspect.signature, str.format)
assert str.format.__text_signature__ is None
