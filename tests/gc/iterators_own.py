"""What an iterator keeps for itself alone is not handed out, where changing it would change the iterator."""
import gc
import itertools

z = itertools.zip_longest([1], [2, 3], fillvalue=0)
assert next(z) == (1, 2)
assert not [o for o in gc.get_referents(z) if type(o) is list]
inner = [iter([1]), iter([2, 3])]
z = itertools.zip_longest(*inner)
assert next(z) == (1, 2)
gc.collect()
assert next(z) == (None, 3) and next(z, 0) == 0 and next(z, 0) == 0
assert list(itertools.zip_longest()) == [] and list(itertools.zip_longest("ab", fillvalue=1)) == [("a",), ("b",)]
make, args, fill = itertools.zip_longest("a", "bc", fillvalue=7).__reduce__()
z = make(*args)
z.__setstate__(fill)
assert list(z) == [("a", "b"), (7, "c")]
z = itertools.zip_longest([], "bc")
assert next(z) == (None, "b") and z.__reduce__()[1][0] == ()
print("ok")
