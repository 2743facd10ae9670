# What pickle says of objects that it cannot find again by name.
import pickle


def outer():
    def inner():
        pass

    class Inner:
        pass
    return inner, Inner


class Double:
    pass


first = Double


class Double:
    pass


def error_of(value, protocol):
    try:
        pickle.dumps(value, protocol)
    except Exception as e:
        return type(e), str(e)
    assert False, value


for protocol in (0, 2, 5):
    for value in outer():
        assert error_of(value, protocol) == (AttributeError,
                                             f"Can't pickle local object {value.__qualname__!r}")
    kind, text = error_of(first, protocol)
    assert kind is pickle.PicklingError and "not the same object as __main__.Double" in text, text
    kind, text = error_of(lambda: 0, protocol)
    assert kind is pickle.PicklingError and "<lambda>" in text, text
