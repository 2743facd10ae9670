"""Equal and unequal text of every length and width that is looked at in a way of its own: compared,
and as keys that are not the same objects."""
for letters in "ab", "\xe9\xea", "\u6f22\u6f23", "\U0001f600\U0001f601":
    same, other = letters
    for n in range(0, 40):
        text, again = same * n, "".join([same] * n)
        table, members = {text: n}, {text}
        assert text == again and not text != again and table[again] == n and again in members
        assert len({text, again}) == 1 and len(dict.fromkeys([text, again, text])) == 1
        assert (text + other).removesuffix(other) in table and [text].index(again) == 0
        for at in range(n):
            changed = same * at + other + same * (n - at - 1)
            assert changed != text and not changed == text and changed not in table
            assert changed not in members and len({text, changed, again}) == 2
            assert (changed,) not in {(text,)} and (again,) in {(text,)}
            assert getattr(type("T", (), {text: 1}), changed, 2) == 2
        assert text + same != text and (text + same) not in table and len({text, text + other}) == 2
for n in range(1, 17):  # the same bytes, of another width
    wide, narrow = "\u6161" * n, "aa" * n
    assert wide != narrow and wide not in {narrow} and {narrow: 1}.get(wide) is None
