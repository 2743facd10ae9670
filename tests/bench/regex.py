"""Regular expressions: search, findall, groups, substitution, alternation, look-around,
scanning."""
import re

N = 150

TEXT = """
2024-03-17 12:44:01,557 INFO  [worker-3] app.server: GET /items/4711?sort=asc&page=2 200 17ms user=alice@example.org
2024-03-17 12:44:02,003 ERROR [worker-1] app.store: timeout after 30s (retry 2 of 5) host=db-02.internal:5432
2024-03-17 12:44:02,118 DEBUG [main] app.config: {"path": "/etc/app.ini", "mode": "strict", "level": 7}
""" * 30

WORD = re.compile(r"\b[a-z]+\b")
STAMP = (re.compile(r"(?P<date>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d),(?P<ms>\d{3}) "
                    r"(?P<level>[A-Z]+)"))
MAIL = re.compile(r"[\w.]+@[\w.]+\.\w{2,}")
QUERY = re.compile(r"[?&](\w+)=([^&\s]*)")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
AFTER = re.compile(r"(?<=\[)[\w-]+(?=\])")
TOKEN = re.compile(r"(?P<num>\d+(?:\.\d+)?)|(?P<id>[A-Za-z_]\w*)|(?P<op>[-+*/()=<>!]+)|(?P<ws>\s+)|(?P<other>.)")


def run(n):
    total = 0
    for _ in range(n):
        total += len(WORD.findall(TEXT)) + len(MAIL.findall(TEXT)) + len(QUOTED.findall(TEXT))
        total += sum(int(m["ms"]) for m in STAMP.finditer(TEXT))
        total += sum(len(k) + len(v) for k, v in QUERY.findall(TEXT)) + len(AFTER.findall(TEXT))
        total += len(re.sub(r"\d+", lambda m: str(len(m.group())), TEXT)) + len(re.split(r"[,;:]\s*", TEXT))
        kinds = {}
        for m in TOKEN.finditer(TEXT[:3000]):
            kinds[m.lastgroup] = kinds.get(m.lastgroup, 0) + 1
        total += kinds["id"] * 3 + kinds["num"]
        for line in TEXT.splitlines():
            if re.search(r"error|timeout", line, re.I):
                total += 1
            m = re.match(r"(\S+)\s+(\S+)\s+(INFO|DEBUG)\b.*?(\d+)$", line)
            total += 1 if m else 0
    return total


if __name__ == "__main__":
    print(run(N))
