"""Decimal arithmetic: the library's _pydecimal.py, run in a namespace of its own.

decimal.py takes its contents from here.  _pydecimal itself stays a separate module with classes of
its own, as programs expect that import both.  It keeps coefficients as text and converts them with
int() and str(); __any_digits__ frees these, in code of this namespace, from the limit of
sys.set_int_max_str_digits().
"""


def _run():
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("_pydecimal")
    namespace = {"__name__": __name__, "__file__": spec.origin, "__any_digits__": True}
    exec(spec.loader.get_code("_pydecimal"), namespace)
    return namespace


_namespace = _run()
__all__ = _namespace["__all__"]
globals().update((name, _namespace[name]) for name in __all__)
__doc__ = _namespace["__doc__"]
__version__ = _namespace["__version__"]
__libmpdec_version__ = _namespace["__libmpdec_version__"]
