"""Deep copies of elements: attributes are copied once, what is shared stays shared; and walks."""
import copy
import xml.etree.ElementTree as ET

root = ET.Element("root", a="1", b="2")
for i in range(3):
    ET.SubElement(ET.SubElement(root, "item", id=str(i)), "leaf").text = str(i)

deep = copy.deepcopy(root)
assert ET.tostring(deep) == ET.tostring(root)
assert deep.attrib == root.attrib and deep.attrib is not root.attrib
deep.set("a", "other")
deep[0].set("id", "x")
assert root.get("a") == "1" and root[0].get("id") == "0"

shared = {"k": "v"}
root[0].attrib = shared
root[1].attrib = shared
deep = copy.deepcopy(root)
assert deep[0].attrib is deep[1].attrib and deep[0].attrib is not shared
assert deep[0].attrib == {"k": "v"} and deep[2].attrib == {"id": "2"}

pair = copy.deepcopy([shared, root])
assert pair[0] is pair[1][0].attrib and pair[0] is not shared
pair = copy.deepcopy([root, shared])
assert pair[1] is pair[0][0].attrib

root[2].attrib = {"list": [1, [2]], 5: 6}
deep = copy.deepcopy(root)
assert deep[2].attrib == {"list": [1, [2]], 5: 6}
assert deep[2].attrib["list"] is not root[2].attrib["list"]
assert deep[2].attrib["list"][1] is not root[2].attrib["list"][1]


class Attributes(dict):
    def __deepcopy__(self, memo):
        return Attributes(copied="yes")


root[2].attrib = Attributes(a="1")
assert copy.deepcopy(root)[2].attrib == {"copied": "yes"}

memo = {id(shared): {"from": "memo"}}
assert root.__deepcopy__(memo)[0].attrib is memo[id(shared)]
assert id(root) in memo

# a walk sees the children that its elements get meanwhile, also those that had none
tree = ET.XML("<a><b/><c><d/></c>t</a>")
seen = []
for e in tree.iter():
    seen.append(e.tag)
    if e.tag == "b":
        ET.SubElement(e, "late")
    if e.tag == "d":
        ET.SubElement(tree, "last")
assert seen == ["a", "b", "late", "c", "d", "last"], seen
assert [e.tag for e in tree.iter("late")] == ["late"]
assert list(tree.iter("none")) == []
assert "".join(ET.XML("<a>1<b>2<c/>3</b>4<d/>5</a>").itertext()) == "12345"
deepest = ET.Element("n0")
e = deepest
for i in range(1, 300):
    e = ET.SubElement(e, "n%d" % i)
assert [x.tag for x in deepest.iter()] == ["n%d" % i for i in range(300)]
