"""Regular expressions, and what is written on top of them."""
import difflib
import fnmatch
import re
import shlex
import urllib.parse

TEXT = ("".join(f"def name_{i}(first, second={i}):  # note {i}\n    return first + 'text {i}' * "
                f"{i}.5 - other[{i}]\n" for i in range(60)))
TOKEN = re.compile(r"(?P<number>\d+(?:\.\d*)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^']*')|(?P<op>[-+*/=()\[\]:,])|(?P<space>[ \t]+)"
                   r"|(?P<comment>#[^\n]*)|(?P<line>\n)")


def tokens():
    counts = dict.fromkeys(TOKEN.groupindex, 0)
    for m in TOKEN.finditer(TEXT):
        counts[m.lastgroup] += m.end() - m.start()
    return counts


def searches():
    found = re.findall(r"(\w+)=(\d+)", TEXT)
    names = re.split(r"[\s,;:()]+", TEXT)
    swapped = re.sub(r"\b(\w+)_(\d+)\b", r"\2_\1", TEXT)
    upper = re.sub("[aeiou]{2,}|^ +", lambda m: m.group().upper(), TEXT, flags=re.M)
    return (len(found), len(names), swapped[:30], upper.count("U"),
            bool(re.search(r"(?i)OTHER\[(5\d)\]$", TEXT, re.M)))


def addresses():
    hits = 0
    for i in range(200):
        m = re.match(r"^([a-z0-9_.+-]+)@([a-z0-9-]+\.)+([a-z]{2,})$",
                     f"user.{i}@mail{i % 9}.example.{'org' if i % 2 else 'x'}")
        if m:
            hits += len(m.group(1)) + len(m.groups())
    return hits


def helpers():
    names = [f"file{i}.{'py' if i % 3 else 'txt'}" for i in range(60)]
    url = urllib.parse.urlsplit("https://user@example.org:8080/a/b;c?x=1&y=%20z#end")
    return (fnmatch.filter(names, "*1*.py"), shlex.split("run --name='a b' \"c d\" e\\ f"),
            urllib.parse.parse_qs(url.query),
            urllib.parse.quote("ä b/c"),
            difflib.SequenceMatcher(None, TEXT[:200], TEXT[150:350]).ratio())


def run():
    for i in range(300):
        tokens(), searches(), addresses(), helpers()
        re.compile(rf"(a|b{i})*?c+[^x-z]{{2,{i + 3}}}(?=end)|\d+")


run()
