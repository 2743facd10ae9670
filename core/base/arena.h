// A bump allocator for data that lives and dies together (syntax trees, compiler tables).
//
//   Arena -> chunk -> chunk -> ...      newest first; memory is handed out from the newest chunk
//
// Memory is zero-filled and 8-byte aligned, is freed all at once, and is not scanned by the
// collector.  `owner` is a word for whoever made the arena: the syntax layer keeps there the list
// object that holds the objects its nodes refer to.  An Arena is a local variable of the C function
// that owns it, so that the conservative scan of its stack finds `owner`.  One thread uses an arena
// at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    ArenaChunk *chunk; // newest chunk, or NULL
    char *at;          // next free byte of it
    char *end;         // its end
    uint64_t owner;    // see above; 0 at first
} Arena;

// Makes an empty arena.  Effects: none.
void arena_init(Arena *arena);

// Returns `size` zeroed bytes, or NULL when there is no memory.  Effects: allocates.
void *arena_alloc(Arena *arena, size_t size);

// Frees everything the arena handed out and leaves it empty.  Effects: none.
void arena_free(Arena *arena);
