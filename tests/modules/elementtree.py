"""xml.etree.ElementTree: what goes wrong, deep trees, trees that change under a walk, threads."""

import copy
import gc
import pickle
import threading
import unittest
import xml.etree.ElementTree as ET


class Errors(unittest.TestCase):
    def test_position_of_an_error(self):
        with self.assertRaises(ET.ParseError) as caught:
            ET.fromstring("<a>\n<b></c></a>")
        self.assertEqual(caught.exception.position, (2, 5))
        self.assertEqual(str(caught.exception), "mismatched tag: line 2, column 5")

    def test_entities_of_the_parser(self):
        text = '<!DOCTYPE a PUBLIC "p" "s"><a>1&known;2</a>'
        parser = ET.XMLParser()
        parser.entity["known"] = "K"
        parser.feed(text)
        self.assertEqual(parser.close().text, "1K2")
        with self.assertRaisesRegex(ET.ParseError, "undefined entity &known;: line 1, column 31"):
            ET.fromstring(text)

    def test_errors_of_a_target(self):
        class Target:
            def start(self, tag, attrib):
                raise KeyError(tag)

        parser = ET.XMLParser(target=Target())
        with self.assertRaises(KeyError):
            parser.feed("<a><b/></a>")

    def test_only_elements_are_children(self):
        e = ET.Element("a")
        for act in (lambda: e.append("x"), lambda: e.insert(0, None), lambda: e.extend([1]),
                    lambda: e.__setitem__(slice(None), [1])):
            self.assertRaises(TypeError, act)
        self.assertEqual(len(e), 0)


    def test_feeding_a_parser_from_its_own_target(self):
        class Target:
            def start(self, tag, attrib):
                if tag == "a":
                    parser.feed("<b/>")

        parser = ET.XMLParser(target=Target())
        try:
            parser.feed("<a><c/></a>")
        except (RuntimeError, ET.ParseError):
            pass


class Trees(unittest.TestCase):
    def test_pieces_of_text_are_one(self):
        root = ET.fromstring("<a>one&lt;two<![CDATA[<three>]]>\r\nfour<b/>tail<!-- c -->more</a>")
        self.assertEqual(root.text, "one<two<three>\nfour")
        self.assertEqual(root[0].tail, "tailmore")

    def test_names_with_namespaces(self):
        root = ET.fromstring('<a xmlns="urn:x" xmlns:p="urn:y" p:k="1"><p:b/></a>')
        self.assertEqual(root.tag, "{urn:x}a")
        self.assertEqual(root.attrib, {"{urn:y}k": "1"})
        self.assertEqual([e.tag for e in root.iter()], ["{urn:x}a", "{urn:y}b"])
        self.assertIs(root.find("{urn:y}b"), root.find("p:b", {"p": "urn:y"}))

    def test_a_deep_tree(self):
        depth = 20000
        root = ET.fromstring("<a>" * depth + "x" + "</a>" * depth)
        self.assertEqual(sum(1 for _ in root.iter("a")), depth)
        self.assertEqual("".join(root.itertext()), "x")
        gc.collect()
        del root
        gc.collect()

    def test_copies(self):
        root = ET.fromstring("<a k='v'>t<b/>u</a>")
        shallow, deep, pickled = (copy.copy(root), copy.deepcopy(root),
                                  pickle.loads(pickle.dumps(root)))
        self.assertIs(shallow[0], root[0])
        for other in (deep, pickled):
            self.assertIsNot(other[0], root[0])
            self.assertEqual(ET.tostring(other), ET.tostring(root))
        shallow.append(ET.Element("d"))
        shallow.text = "other"
        self.assertEqual((root.text, len(root)), ("t", 1))

    def test_a_walk_over_a_tree_that_changes(self):
        root = ET.fromstring("<a>" + "<b><c/></b>" * 10 + "</a>")
        seen = []
        for e in root.iter():
            seen.append(e.tag)
            if e.tag == "b":
                e.clear()
                if len(root) > 5:
                    del root[-1]
        self.assertEqual(seen, ["a"] + ["b"] * 5)

    def test_events(self):
        parser = ET.XMLPullParser(["start", "end", "start-ns", "end-ns", "comment", "pi"])
        parser.feed("<a xmlns:p='u'><!--x--><?y z?><b>")
        parser.feed("</b></a>")
        events = [(name, getattr(what, "tag", what)) for name, what in parser.read_events()]
        self.assertEqual(events, [("start-ns", ("p", "u")), ("start", "a"), ("comment", ET.Comment),
                                  ("pi", ET.PI), ("start", "b"), ("end", "b"), ("end", "a"),
                                  ("end-ns", None)])


class Threads(unittest.TestCase):
    def run_all(self, *targets):
        threads = [threading.Thread(target=target) for target in targets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_children_added_by_threads(self):
        root = ET.Element("root")

        def add():
            for i in range(500):
                ET.SubElement(root, "e", i=str(i))
                root.set(threading.current_thread().name, str(i))

        self.run_all(add, add, add, add)
        self.assertEqual(len(root), 2000)
        self.assertEqual(sorted(root.attrib.values()), ["499"] * 4)

    def test_walks_while_it_changes(self):
        root = ET.fromstring("<a>" + "<b>t<c/>u</b>" * 50 + "</a>")
        done = threading.Event()

        def change():
            for i in range(300):
                e = ET.fromstring("<b>t<c/>u</b>")
                e.tail = str(i)
                root[i % 40] = e
                root[1:3] = [e]
                root.append(e)
            done.set()

        def walk():
            while not done.is_set():
                for e in root.iter():
                    self.assertIn(e.tag, "abc")
                "".join(root.itertext())
                root.findall("b/c")

        self.run_all(change, walk, walk)

    def test_one_iterator_for_all(self):
        root = ET.fromstring("<a>" + "<b><c/></b>" * 500 + "</a>")
        walk, seen = root.iter("c"), []

        def take():
            for e in walk:
                seen.append(id(e))

        self.run_all(take, take, take)
        self.assertEqual(len(set(seen)), 500)
        self.assertEqual(len(seen), 500)


if __name__ == "__main__":
    unittest.main()
