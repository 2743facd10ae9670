"""Decimal arithmetic: the library's _pydecimal.py, run in a namespace of its own.

decimal.py takes its contents from here.  _pydecimal itself stays a separate module with classes of its own, as
programs expect that import both.
"""


def _run():
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("_pydecimal")
    namespace = {"__name__": __name__, "__file__": spec.origin}
    exec(spec.loader.get_code("_pydecimal"), namespace)
    return namespace


_namespace = _run()
__all__ = _namespace["__all__"]
globals().update((name, _namespace[name]) for name in __all__)
__doc__ = _namespace["__doc__"]
__version__ = _namespace["__version__"]
__libmpdec_version__ = _namespace["__libmpdec_version__"]
