#include "tasks/task.h"

#include "base/alloc.h"
#include "base/strings.h"

#include <string.h>

uint64_t task_hash(const void *text, size_t bytes) {
    const unsigned char *at = text;
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ bytes;
    for (size_t i = 0; i < bytes; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001B3);
        hash ^= hash >> 29;
    }
    hash *= UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

void task_pairs_free(task_pairs *p) {
    buf_free(&p->text);
    mem_free(p->pair);
    *p = (task_pairs){.longest = p->longest};
}

// Invariant: between begin and done, pair[count] is the pair that is being made.
void task_begin(task_pairs *p, const char *kind, uint32_t line) {
    if (p->failed) return;
    if (p->count == p->capacity) {
        const size_t capacity = p->capacity ? p->capacity * 2 : 32;
        task_pair *grown = mem_resize_array(p->pair, capacity, sizeof *grown);
        if (!grown) {
            p->failed = true;
            return;
        }
        p->pair = grown;
        p->capacity = capacity;
    }
    task_pair *pair = &p->pair[p->count];
    *pair = (task_pair){
        .line = line, .source = p->source, .prompt = p->text.size, .completion = p->text.size};
    string_copy(pair->kind, sizeof pair->kind, kind);
}

void task_answer(task_pairs *p) {
    if (!p->failed) p->pair[p->count].completion = p->text.size;
}

void task_drop(task_pairs *p) {
    if (!p->failed) buf_truncate(&p->text, p->pair[p->count].prompt);
}

void task_done(task_pairs *p) {
    if (!buf_ok(&p->text)) p->failed = true;
    if (p->failed) return;
    task_pair *pair = &p->pair[p->count];
    pair->end = p->text.size;
    if (pair->end - pair->prompt > p->longest) {
        p->too_long++;
        task_drop(p);
    } else {
        p->count++;
    }
}
