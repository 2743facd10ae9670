"""Indexes one file into a partial index."""
from ..errors import SourceError
from ..lex.kinds import COMMENT, NAME
from ..lex.lines import logical_lines
from ..parse.blocks import BlockTracker
from ..parse.calls import count_line
from ..parse.shape import Windows, shape_of
from ..parse.words import identifier_words, prose_words
from ..scan.reader import read_source
from .summary import ModuleSummary


def index_file(source, partial):
    """Read, tokenize and count one file; what cannot be read is recorded, not raised."""
    try:
        text = read_source(source.path)
    except SourceError as e:
        partial.errors.append((source.module, type(e.__cause__).__name__))
        return
    tracker = BlockTracker(source.module)
    comments = []
    statements = 0
    names, keywords, calls, kinds = partial.names, partial.keywords, partial.calls, partial.kinds
    words, windows = partial.words, Windows()
    for line in logical_lines(text, comments):
        statements += 1
        windows.add(shape_of(line.tokens))
        tracker.feed(line, count_line(line.tokens, names, keywords, calls, kinds))
        for token in line.tokens:
            if token.kind == NAME:
                words.update(identifier_words(token.text))
    for comment in comments:
        partial.prose.update(prose_words(comment))
    functions = tracker.finish()
    kinds[COMMENT] += len(comments)
    partial.functions.extend(functions)
    partial.modules[source.module] = ModuleSummary(
        lines=text.count("\n"), characters=len(text), statements=statements,
        functions=len(functions),
        classes=tracker.classes, comments=len(comments),
        repeated=windows.repeated())
