"""Index of a tree of Python sources: most used identifiers, call counts, longest functions.

The files are spread over a pool of threads.  Each thread fills a partial index of its own, so that
the work shares nothing but the list of files; the partial indexes are merged at the end.  The
report does not depend on the number of threads or on the order in which they finish.
"""

__version__ = "1.0"
