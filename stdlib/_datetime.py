"""The second half of datetime.

The library's datetime.py defines its classes, then replaces them by those of this module and deletes the helper
functions the first ones need.  The classes here come from the same code, run in a namespace of its own that keeps
the helpers.
"""

__all__ = ["date", "datetime", "time", "timedelta", "timezone", "tzinfo", "MINYEAR", "MAXYEAR", "UTC"]


def _run():
    import builtins
    from importlib.machinery import PathFinder

    def import_without_this(name, *args, **kwargs):
        if name == __name__:
            raise ImportError(name)
        return __import__(name, *args, **kwargs)

    spec = PathFinder.find_spec("datetime")
    namespace = {"__name__": "datetime", "__file__": spec.origin,
                 "__builtins__": dict(vars(builtins), __import__=import_without_this)}
    exec(spec.loader.get_code("datetime"), namespace)
    return namespace


_namespace = _run()
globals().update((name, _namespace[name]) for name in __all__)
__doc__ = "Fast implementation of the datetime type."
