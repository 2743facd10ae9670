/* Packed source positions.
 *
 * The table is a sequence of runs of units that share one position:
 *     varint(run length * 2 + known)  [ zigzag(line - previous line)  zigzag(end_line - line)
 * varint(col + 1)  varint(end_col + 1) ] The bracket is absent for unknown positions.  varint: 7
 * bits per byte, low bits first, high bit set on all but the last byte.  The first "previous line"
 * is firstlineno.  Reading never goes past the bytes, whatever they hold.
 */
#include "core/base/memory.h"
#include "core/bytecode/code.h"
#include "core/object/bytes.h"
#include "core/object/list.h"
#include "core/object/tuple.h"

typedef struct Packer {
    uint8_t *data;
    size_t n, cap;
} Packer;

static bool packer_byte(Packer *p, uint8_t byte)
{
    if (p->n == p->cap) {
        size_t cap = p->cap * 2 + 64;
        uint8_t *data = mem_realloc(p->data, cap);
        if (data == NULL) {
            return false;
        }
        p->data = data;
        p->cap = cap;
    }
    p->data[p->n++] = byte;
    return true;
}

static bool packer_varint(Packer *p, uint32_t v)
{
    while (v >= 0x80) {
        if (!packer_byte(p, (uint8_t)(v | 0x80))) {
            return false;
        }
        v >>= 7;
    }
    return packer_byte(p, (uint8_t)v);
}

static bool packer_zigzag(Packer *p, int32_t v)
{
    return packer_varint(p, (uint32_t)v << 1 ^ (uint32_t)(v >> 31));
}

static bool position_equal(const Position *a, const Position *b)
{
    return a->line == b->line && a->end_line == b->end_line && a->col == b->col &&
           a->end_col == b->end_col;
}

static bool pack_run(Packer *p, const Position *pos, uint32_t run, int32_t *prev)
{
    bool known = pos->line >= 0;
    if (!packer_varint(p, run << 1 | known)) {
        return false;
    }
    if (!known) {
        return true;
    }
    bool ok = packer_zigzag(p, pos->line - *prev) &&
              packer_zigzag(p, (pos->end_line < 0 ? pos->line : pos->end_line) - pos->line) &&
              packer_varint(p, (uint32_t)(pos->col + 1)) &&
              packer_varint(p, (uint32_t)(pos->end_col + 1));
    *prev = pos->line;
    return ok;
}

Value linetable_encode(Thread *t, const Position *pos, uint32_t n, int32_t firstlineno)
{
    Packer p = {0};
    int32_t prev = firstlineno;
    Value result = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t run = 1;
        while (i + run < n && position_equal(&pos[i], &pos[i + run])) {
            run++;
        }
        if (!pack_run(&p, &pos[i], run, &prev)) {
            raise_memory(t);
            goto done;
        }
        i += run;
    }
    result = bytes_new(t, p.n ? (void *)p.data : (void *)"", p.n);
done:
    mem_free(p.data);
    return result;
}

/* Reads one run after another. */
typedef struct RunReader {
    const uint8_t *at, *end;
    int32_t prev;
    uint32_t start, length; /* units of the current run */
    Position pos;
} RunReader;

static uint32_t read_varint(RunReader *r)
{
    uint32_t v = 0;
    for (unsigned shift = 0; r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        if (shift < 32) {
            v |= (uint32_t)(byte & 0x7f) << shift;
        }
        if (!(byte & 0x80)) {
            break;
        }
    }
    return v;
}

static int32_t read_zigzag(RunReader *r)
{
    uint32_t v = read_varint(r);
    return (int32_t)(v >> 1 ^ -(v & 1));
}

static void reader_init(RunReader *r, const Code *code)
{
    *r = (RunReader){.prev = code->firstlineno};
    if (value_is_bytes(code->linetable)) {
        r->at = (const uint8_t *)value_bytes(code->linetable)->data;
        r->end = r->at + value_bytes(code->linetable)->len;
    }
}

static bool reader_next(RunReader *r)
{
    if (r->at >= r->end) {
        return false;
    }
    r->start += r->length;
    uint32_t head = read_varint(r);
    r->length = head >> 1;
    r->pos = (Position){-1, -1, -1, -1};
    if (head & 1) {
        int32_t line = (int32_t)((uint32_t)r->prev + (uint32_t)read_zigzag(r));
        r->pos.line = line;
        r->pos.end_line = (int32_t)((uint32_t)line + (uint32_t)read_zigzag(r));
        r->pos.col = (int32_t)read_varint(r) - 1;
        r->pos.end_col = (int32_t)read_varint(r) - 1;
        r->prev = line;
    }
    return r->length > 0;
}

Position code_position(const Code *code, uint32_t unit)
{
    RunReader r;
    reader_init(&r, code);
    while (reader_next(&r)) {
        if (unit - r.start < r.length) {
            return r.pos;
        }
    }
    return (Position){-1, -1, -1, -1};
}

void code_positions(const Code *code, Position *out)
{
    RunReader r;
    reader_init(&r, code);
    for (uint32_t i = 0; i < code->n_instrs; i++) {
        out[i] = (Position){-1, -1, -1, -1};
    }
    while (reader_next(&r)) {
        for (uint32_t i = 0; i < r.length && r.start + i < code->n_instrs; i++) {
            out[r.start + i] = r.pos;
        }
    }
}

int code_line(const Code *code, uint32_t unit)
{
    return code_position(code, unit).line;
}

static bool append_line_range(Thread *t, Value list, uint32_t start, uint32_t end, int32_t line)
{
    Value item = tuple_pack(t, 3, fixnum(code_lasti(start)), fixnum(code_lasti(end)),
                            line >= 0 ? fixnum(line) : NONE);
    return item != 0 && list_append(t, list, item);
}

Value code_lines(Thread *t, const Code *code)
{
    Value list = list_new(t, 8);
    RunReader r;
    reader_init(&r, code);
    uint32_t start = 0, end = 0;
    int32_t line = -1, entry = code_entry_line(code);
    while (list != 0 && reader_next(&r)) {
        uint32_t run_end = r.start + r.length;
        if (end > start && r.pos.line == line) {
            end = run_end;
            continue;
        }
        if (end > start && !append_line_range(t, list, start, end, line)) {
            return 0;
        }
        start = r.start;
        end = run_end;
        line = r.pos.line;
        if (entry >= 0 && line >= 0) {
            if (line != entry && !append_line_range(t, list, start, start, entry)) {
                return 0;
            }
            entry = -1;
        }
    }
    if (list != 0 && end > start && !append_line_range(t, list, start, end, line)) {
        return 0;
    }
    return list;
}

static bool pack_lnotab_step(Packer *p, uint32_t units, int32_t lines)
{
    uint32_t offset = (uint32_t)code_lasti(units);
    for (; offset > 255; offset -= 255) {
        if (!packer_byte(p, 255) || !packer_byte(p, 0)) {
            return false;
        }
    }
    while (lines > 127 || lines < -128) {
        int32_t step = lines > 0 ? 127 : -128;
        if (!packer_byte(p, (uint8_t)offset) || !packer_byte(p, (uint8_t)step)) {
            return false;
        }
        lines -= step;
        offset = 0;
    }
    return packer_byte(p, (uint8_t)offset) && packer_byte(p, (uint8_t)lines);
}

Value code_lnotab(Thread *t, const Code *code)
{
    Packer p = {0};
    RunReader r;
    reader_init(&r, code);
    uint32_t at = 0;
    int32_t line = code->firstlineno;
    Value result = 0;
    while (reader_next(&r)) {
        if (r.pos.line < 0 || r.pos.line == line) {
            continue;
        }
        if (!pack_lnotab_step(&p, r.start - at, r.pos.line - line)) {
            raise_memory(t);
            goto done;
        }
        at = r.start;
        line = r.pos.line;
    }
    result = bytes_new(t, p.n ? (void *)p.data : (void *)"", p.n);
done:
    mem_free(p.data);
    return result;
}
