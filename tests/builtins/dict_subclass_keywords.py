"""What f(**x) hands over when x is of a class that extends dict."""
import functools
import types
import unittest


class Renamed(dict):
    """Its own keys() and [] do not matter: the pairs of the dict are handed over."""

    def keys(self):
        return ["q"]

    def __getitem__(self, key):
        return "own " + key


class Iterated(Renamed):
    """As soon as iteration is its own, too, all of it is asked."""

    def __iter__(self):
        return iter(["z"])


def function(**keywords):
    return keywords


class DictSubclassKeywordsTest(unittest.TestCase):
    def test_pairs(self):
        self.assertEqual(function(**Renamed(a=1)), {"a": 1})
        self.assertEqual(function(x=2, **Renamed(a=1)), {"x": 2, "a": 1})
        self.assertEqual(dict(**Renamed(a=1)), {"a": 1})
        self.assertEqual(functools.partial(function, **Renamed(a=1))(), {"a": 1})
        self.assertEqual(types.SimpleNamespace(**Renamed(a=1)).a, 1)
        with self.assertRaisesRegex(TypeError, "multiple values for keyword argument 'a'"):
            function(a=2, **Renamed(a=1))

    def test_own_iteration(self):
        self.assertEqual(function(**Iterated(a=1)), {"q": "own q"})
        self.assertEqual(function(x=2, **Iterated(a=1)), {"x": 2, "q": "own q"})
        self.assertEqual(functools.partial(function, **Iterated(a=1))(), {"q": "own q"})


if __name__ == "__main__":
    unittest.main()
