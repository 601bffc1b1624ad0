#include "base/cursor.h"

#include "base/error.h"

#include <string.h>

void cursor_init(cursor *c, const void *data, size_t size) {
    static const uint8_t nothing[1] = {0}; // so that data + at is always a valid pointer
    *c = (cursor){.data = data ? data : nothing, .size = data ? size : 0};
}

// The next size bytes, or NULL for this and every later read.
static const uint8_t *take(cursor *c, size_t size) {
    if (c->failed) return NULL;
    if (size > c->size - c->at) {
        c->failed = true;
        c->wanted = size;
        return NULL;
    }
    const uint8_t *bytes = c->data + c->at;
    c->at += size;
    return bytes;
}

uint8_t cursor_u8(cursor *c) {
    const uint8_t *p = take(c, 1);
    return p ? p[0] : 0;
}

uint16_t cursor_u16(cursor *c) {
    const uint8_t *p = take(c, 2);
    return p ? (uint16_t)((unsigned)p[0] | (unsigned)p[1] << 8) : 0;
}

uint32_t cursor_u32(cursor *c) {
    const uint8_t *p = take(c, 4);
    if (!p) return 0;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t cursor_u64(cursor *c) {
    const uint8_t *p = take(c, 8);
    if (!p) return 0;
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | p[i];
    return value;
}

// gcc and clang define the conversion to a signed type as reduction modulo 2^n.
int8_t cursor_i8(cursor *c) {
    return (int8_t)cursor_u8(c);
}

int16_t cursor_i16(cursor *c) {
    return (int16_t)cursor_u16(c);
}

int32_t cursor_i32(cursor *c) {
    return (int32_t)cursor_u32(c);
}

int64_t cursor_i64(cursor *c) {
    return (int64_t)cursor_u64(c);
}

float cursor_f32(cursor *c) {
    const uint32_t bits = cursor_u32(c);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double cursor_f64(cursor *c) {
    const uint64_t bits = cursor_u64(c);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

size_t cursor_count(cursor *c, size_t element_size) {
    const uint64_t count = cursor_u64(c);
    if (c->failed) return 0;
    const size_t left = c->size - c->at;
    if (element_size == 0) element_size = 1;
    if (count <= left / element_size) return (size_t)count;
    const uint64_t most = SIZE_MAX / element_size;
    c->failed = true; // in the elements: at stays behind the count
    c->wanted = count > most ? SIZE_MAX : (size_t)count * element_size;
    return 0;
}

const void *cursor_bytes(cursor *c, size_t size) {
    return take(c, size);
}

bool cursor_copy(cursor *c, void *out, size_t size) {
    const uint8_t *bytes = take(c, size);
    if (size == 0) return bytes != NULL; // out may be NULL then
    if (bytes) {
        memcpy(out, bytes, size);
    } else {
        memset(out, 0, size);
    }
    return bytes != NULL;
}

bool cursor_skip(cursor *c, size_t size) {
    return take(c, size) != NULL;
}

bool cursor_seek(cursor *c, size_t at) {
    if (c->failed) return false;
    if (at > c->size) {
        c->failed = true;
        c->wanted = at - c->at;
        return false;
    }
    c->at = at;
    return true;
}

bool cursor_align(cursor *c, size_t align) {
    if (align == 0 || (align & (align - 1)) != 0) {
        cursor_fail(c);
        return false;
    }
    return cursor_skip(c, (size_t)(-c->at & (align - 1)));
}

cursor cursor_sub(cursor *c, size_t size) {
    const size_t origin = c->origin + c->at;
    const uint8_t *bytes = take(c, size);
    cursor part;
    cursor_init(&part, bytes, size);
    part.origin = origin;
    part.failed = bytes == NULL;
    part.wanted = bytes ? 0 : size;
    return part;
}

void cursor_fail(cursor *c) {
    if (c->failed) return;
    c->failed = true;
    c->wanted = 0;
}

axl_status cursor_status(const cursor *c, const char *what, axl_error *err) {
    if (!c->failed) return AXL_OK;
    const size_t place = c->origin + c->at;
    if (c->wanted <= c->size - c->at) {
        return error_set(err, AXL_BAD_FILE, "%s: bad value at byte %zu", what, place);
    }
    return error_set(err, AXL_BAD_FILE, "%s: needs %zu bytes at byte %zu, %zu are left", what,
                     c->wanted, place, c->size - c->at);
}
