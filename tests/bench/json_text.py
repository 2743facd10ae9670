"""JSON: encoding and decoding of nested documents."""
import json

N = 340


def document(n):
    return {"id": n, "name": f"entry {n}", "tags": ["alpha", "beta", "gä\u20ac", "quote\"d\n"],
            "values": [i / 3 for i in range(20)], "flags": {"a": True, "b": False, "c": None},
            "children": [{"id": n * 100 + k, "text": "x" * k, "size": k * k} for k in range(12)]}


def run(n):
    docs = [document(i) for i in range(60)]
    total = 0
    for i in range(n):
        text = json.dumps(docs)
        total += len(text)
        total += len(json.loads(text)[i % 60]["children"])
    pretty = json.dumps(docs, indent=2, sort_keys=True, ensure_ascii=False)
    total += len(pretty)
    for _ in range(n // 10):
        back = json.loads(pretty, object_hook=lambda d: tuple(d.items()), parse_float=str)
        total += len(back)
    return total


if __name__ == "__main__":
    print(run(N))
