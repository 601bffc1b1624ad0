// Values of the metadata of GGUF files. The reader has checked that all bytes are there.
#include "base/cursor.h"
#include "formats/gguf.h"

#include <string.h>

static gguf_kind element_kind(const gguf_entry *e) {
    return (gguf_kind)(e->kind == GGUF_ARRAY ? e->of : e->kind);
}

// A cursor on element i of numbers or bools; a failed one where there is none.
static cursor element(const gguf_entry *e, size_t i) {
    const size_t bytes = gguf_kind_bytes(element_kind(e));
    cursor c;
    cursor_init(&c, e->data, e->bytes);
    if (bytes == 0 || i >= e->count) {
        cursor_fail(&c);
    } else {
        cursor_skip(&c, i * bytes);
    }
    return c;
}

// A number of any kind as two: whole numbers as they are, with their sign, and as a real.
typedef struct number {
    bool whole, negative;
    uint64_t count;
    double real;
} number;

static number of_unsigned(uint64_t value) {
    return (number){.whole = true, .count = value, .real = (double)value};
}

static number of_signed(int64_t value) {
    return (number){
        .whole = true, .negative = value < 0, .count = (uint64_t)value, .real = (double)value};
}

static bool read_number(const gguf_entry *e, size_t i, number *out) {
    cursor c = element(e, i);
    if (!cursor_ok(&c)) return false;
    switch (element_kind(e)) {
    case GGUF_U8:
    case GGUF_BOOL:
        *out = of_unsigned(cursor_u8(&c));
        return true;
    case GGUF_I8:
        *out = of_signed(cursor_i8(&c));
        return true;
    case GGUF_U16:
        *out = of_unsigned(cursor_u16(&c));
        return true;
    case GGUF_I16:
        *out = of_signed(cursor_i16(&c));
        return true;
    case GGUF_U32:
        *out = of_unsigned(cursor_u32(&c));
        return true;
    case GGUF_I32:
        *out = of_signed(cursor_i32(&c));
        return true;
    case GGUF_U64:
        *out = of_unsigned(cursor_u64(&c));
        return true;
    case GGUF_I64:
        *out = of_signed(cursor_i64(&c));
        return true;
    case GGUF_F32:
        *out = (number){.real = (double)cursor_f32(&c)};
        return true;
    case GGUF_F64:
        *out = (number){.real = cursor_f64(&c)};
        return true;
    default:
        return false;
    }
}

bool gguf_entry_count(const gguf_entry *e, size_t i, uint64_t *out) {
    number n;
    if (!read_number(e, i, &n) || !n.whole || n.negative) return false;
    *out = n.count;
    return true;
}

bool gguf_entry_number(const gguf_entry *e, size_t i, double *out) {
    number n;
    if (!read_number(e, i, &n)) return false;
    *out = n.real;
    return true;
}

const char *gguf_entry_text(const gguf_entry *e) {
    if (e->kind != GGUF_TEXT || memchr(e->data, '\0', e->bytes)) return NULL;
    return (const char *)e->data;
}

bool gguf_entry_next(const gguf_entry *e, size_t *at, const char **text, size_t *bytes) {
    cursor c;
    cursor_init(&c, e->data, e->bytes);
    if (e->kind != GGUF_ARRAY || e->of != GGUF_TEXT || !cursor_seek(&c, *at)) return false;
    *bytes = cursor_count(&c, 1);
    *text = cursor_bytes(&c, *bytes);
    *at = c.at;
    return *text != NULL;
}
