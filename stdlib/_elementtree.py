"""The second half of xml.etree.ElementTree.

The library's ElementTree.py defines its classes, then takes these instead when this module exists;
the first Element stays reachable as _Element_Py.  The classes here come from the same code, run in
a namespace of its own.
"""

__all__ = ["Element", "SubElement", "ParseError", "TreeBuilder", "XMLParser"]


def _run():
    import builtins
    from importlib.machinery import PathFinder
    import xml.etree

    def import_without_this(name, *args, **kwargs):
        if name == __name__:
            raise ImportError(name)
        return __import__(name, *args, **kwargs)

    spec = PathFinder.find_spec("xml.etree.ElementTree", xml.etree.__path__)
    namespace = {"__name__": "xml.etree.ElementTree", "__package__": "xml.etree",
                 "__file__": spec.origin,
                 "__builtins__": dict(vars(builtins), __import__=import_without_this)}
    exec(spec.loader.get_code("xml.etree.ElementTree"), namespace)
    return namespace


_namespace = _run()
globals().update((name, _namespace[name]) for name in __all__)
SubElement.__module__ = __name__


def _set_factories(comment_factory, pi_factory):
    """Sets what TreeBuilder makes comments and processing instructions with; returns what did it
    before."""
    for factory in (comment_factory, pi_factory):
        if factory is not None and not callable(factory):
            raise TypeError(f"Comment factory must be callable, not {type(factory).__name__}")
    old = _namespace["Comment"], _namespace["PI"]
    _namespace["Comment"] = comment_factory
    _namespace["PI"] = _namespace["ProcessingInstruction"] = pi_factory
    return old
