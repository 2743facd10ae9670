"""Exceptions: try without raise, raise and catch at several depths, finally, with, own classes,
context."""
N = 350_000


class Wrong(Exception):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


class Guard:
    def __init__(self):
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self

    def __exit__(self, kind, value, tb):
        self.depth -= 1
        return kind is Wrong


def deep(k, i):
    if k == 0:
        raise Wrong(i)
    return deep(k - 1, i)


def convert(x):
    try:
        return int(x)
    except ValueError:
        return -1
    finally:
        x = None


def run(n):
    total = 0
    guard = Guard()
    table = {}
    for i in range(n):
        try:
            total += i
        except TypeError:
            total = 0
        if i % 3 == 0:
            try:
                deep(4, i)
            except (KeyError, Wrong) as e:
                total += e.code
            with guard:
                raise Wrong(i)
        total += convert("12") + (convert("x") if i % 2 else 0)
        try:
            table[i]
        except LookupError:
            total += 1
        if i % 5 == 0:
            try:
                try:
                    None.missing
                except AttributeError as e:
                    raise Wrong(1) from e
            except Wrong as w:
                total += w.__cause__ is not None
    return total + guard.depth


if __name__ == "__main__":
    print(run(N))
