#include "base/buf.h"

#include "base/alloc.h"
#include "base/sizes.h"

#include <stdio.h>
#include <string.h>

void buf_free(buf *b) {
    if (!b) return;
    mem_free(b->data);
    *b = (buf){0};
}

void buf_clear(buf *b) {
    b->size = 0;
    b->failed = false;
    if (b->data) b->data[0] = '\0';
}

static bool fail(buf *b) {
    b->failed = true;
    return false;
}

bool buf_reserve(buf *b, size_t more) {
    if (b->failed) return false;
    size_t needed;
    if (!size_add(b->size, more, &needed) || !size_add(needed, 1, &needed)) return fail(b);
    if (needed <= b->capacity) return true;
    // Half as much again keeps the cost of n appends linear.
    size_t grown;
    if (!size_add(b->capacity, b->capacity / 2, &grown)) grown = needed;
    const size_t capacity = size_max(size_max(needed, grown), 64);
    char *data = mem_resize(b->data, capacity);
    if (!data) return fail(b);
    b->data = data;
    b->data[b->size] = '\0';
    b->capacity = capacity;
    return true;
}

void buf_truncate(buf *b, size_t size) {
    if (size >= b->size) return;
    b->size = size;
    b->data[size] = '\0';
}

bool buf_append(buf *b, const void *bytes, size_t size) {
    // A source inside the buffer moves with it when it grows.
    const uintptr_t offset = (uintptr_t)bytes - (uintptr_t)b->data;
    const bool inside = b->data && bytes && offset < b->capacity;
    if (!buf_reserve(b, size)) return false;
    if (size > 0) memmove(b->data + b->size, inside ? b->data + offset : bytes, size);
    b->size += size;
    b->data[b->size] = '\0';
    return true;
}

bool buf_text(buf *b, const char *text) {
    return buf_append(b, text, strlen(text));
}

bool buf_byte(buf *b, uint8_t byte) {
    return buf_append(b, &byte, 1);
}

bool buf_fill(buf *b, uint8_t byte, size_t count) {
    if (!buf_reserve(b, count)) return false;
    memset(b->data + b->size, byte, count);
    b->size += count;
    b->data[b->size] = '\0';
    return true;
}

bool buf_format(buf *b, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const bool ok = buf_vformat(b, fmt, args);
    va_end(args);
    return ok;
}

bool buf_vformat(buf *b, const char *fmt, va_list args) {
    if (b->failed) return false;
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, fmt, args);
    bool ok = length >= 0 ? buf_reserve(b, (size_t)length) : fail(b);
    if (ok) {
        vsnprintf(b->data + b->size, (size_t)length + 1, fmt, again);
        b->size += (size_t)length;
    }
    va_end(again);
    return ok;
}

static bool put(buf *b, uint64_t value, size_t bytes) {
    uint8_t out[8];
    for (size_t i = 0; i < bytes; i++) out[i] = (uint8_t)(value >> (8 * i));
    return buf_append(b, out, bytes);
}

bool buf_u16(buf *b, uint16_t value) {
    return put(b, value, 2);
}

bool buf_u32(buf *b, uint32_t value) {
    return put(b, value, 4);
}

bool buf_u64(buf *b, uint64_t value) {
    return put(b, value, 8);
}

bool buf_f32(buf *b, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put(b, bits, 4);
}

bool buf_f64(buf *b, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put(b, bits, 8);
}

bool buf_align(buf *b, size_t align) {
    if (align == 0 || (align & (align - 1)) != 0) return fail(b);
    return buf_fill(b, 0, (size_t)(-b->size & (align - 1)));
}

char *buf_take(buf *b, size_t *size) {
    buf taken = {0};
    if (buf_reserve(b, 0)) {
        taken = *b;
        *b = (buf){0};
    } else {
        buf_free(b);
    }
    if (size) *size = taken.size;
    return taken.data;
}
