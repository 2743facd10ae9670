"""'...%s...' % (a, b), which is compiled as an f-string when the format is plain."""


class Shown:
    def __str__(self):
        return "S"

    def __repr__(self):
        return "R\xe9"

    def __format__(self, spec):
        return "never"


class Text(str):
    def __str__(self):
        return Text("tt")


def raised(source):
    try:
        eval(source)
    except Exception as e:
        return type(e).__name__, str(e)
    return None


a, b = Shown(), 2
assert "%s=%s" % (a, b) == "S=2"
assert "x%r%%%a y%%" % (a, b) == "xR\xe9%2 y%"
assert "%a%s%s" % (a, b, None) == "R\\xe92None"
assert "%%%s" % (b,) == "%2" and "%s" % (a,) == "S" and "é%sü" % (b,) == "é2ü"
assert "%s-" % (Text("q"),) == "tt-"
assert ("%s %s" % (*[1, 2],) == "1 2" and "%d %s" % (b, a) == "2 S"
        and "%5s|%-3s" % (b, b) == "    2|2  ")
assert raised("'%s' % (a, b)") == ("TypeError",
                                   "not all arguments converted during string formatting")
assert raised("'%s %s' % (a,)") == ("TypeError", "not enough arguments for format string")
assert raised("'%s%' % (a,)") == ("ValueError", "incomplete format")
assert raised("'%s%y' % (a, b)") == ("ValueError",
                                     "unsupported format character 'y' (0x79) at index 3")

order = []
assert "%s %s %s" % (order.append(1), order.append(2), order) == "None None [1, 2]"
