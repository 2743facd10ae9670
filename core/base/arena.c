// The bump allocator of arena.h.  Chunks grow with the arena (4 KiB up to 256 KiB), so that a tiny
// tree costs one small allocation and a big one few large ones.
#include "core/base/arena.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 256 * 1024, ALIGN = 8 };

struct ArenaChunk {
    ArenaChunk *next; // the next older chunk
    size_t size;      // bytes after this header
};

void arena_init(Arena *arena)
{
    *arena = (Arena){0};
}

static int add_chunk(Arena *arena, size_t size)
{
    size_t want = arena->chunk != NULL ? arena->chunk->size * 2 : FIRST_CHUNK;
    if (want > LARGEST_CHUNK) {
        want = LARGEST_CHUNK;
    }
    if (want < size) {
        want = size;
    }
    ArenaChunk *chunk = calloc(1, sizeof(ArenaChunk) + want);
    if (chunk == NULL) {
        return 0;
    }
    chunk->next = arena->chunk;
    chunk->size = want;
    arena->chunk = chunk;
    arena->at = (char *)(chunk + 1);
    arena->end = arena->at + want;
    return 1;
}

void *arena_alloc(Arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if ((size_t)(arena->end - arena->at) < size && !add_chunk(arena, size)) {
        return NULL;
    }
    void *memory = arena->at;
    arena->at += size;
    assert(arena->at <= arena->end);
    return memory;
}

void arena_free(Arena *arena)
{
    ArenaChunk *chunk = arena->chunk;
    while (chunk != NULL) {
        ArenaChunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    *arena = (Arena){0};
}
