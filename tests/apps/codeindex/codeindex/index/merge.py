"""Joins the partial indexes of the threads."""
from ..model.functions import Function
from ..model.partial import PartialIndex


def merge(partials):
    """One index of all; functions, modules and errors in an order that does not depend on the
    threads."""
    whole = PartialIndex()
    for p in partials:
        whole.absorb(p)
    whole.functions.sort(key=Function.rank)
    whole.modules = dict(sorted(whole.modules.items()))
    whole.errors.sort()
    return whole
