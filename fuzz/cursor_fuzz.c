// A random program of cursor calls over random bytes, beside a model that is only two numbers: the
// position and whether anything failed.
#include "base/cursor.h"
#include "fuzz_target.h"

#include <string.h>

struct model {
    const uint8_t *data;
    size_t size, at;
    bool failed;
};

// Whether the model can take size bytes; takes them if so.
static bool model_take(struct model *m, size_t size) {
    if (m->failed || m->size - m->at < size) {
        m->failed = true;
        return false;
    }
    m->at += size;
    return true;
}

static uint64_t model_number(struct model *m, size_t bytes) {
    const size_t at = m->at;
    if (!model_take(m, bytes)) return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)m->data[at + i] << (8 * i);
    return value;
}

// An argument that is often near a limit.
static size_t argument(uint8_t code) {
    if (code < 200) return code;
    if (code < 228) return (size_t)1 << (code - 164); // 2^36 to 2^63
    return SIZE_MAX - (255u - code);
}

static void read_number(cursor *c, struct model *m, unsigned which) {
    float f32;
    double f64;
    uint64_t bits = 0;
    switch (which) {
    case 0:
        FUZZ_CHECK(cursor_u8(c) == model_number(m, 1));
        break;
    case 1:
        FUZZ_CHECK(cursor_u16(c) == model_number(m, 2));
        break;
    case 2:
        FUZZ_CHECK(cursor_u32(c) == model_number(m, 4));
        break;
    case 3:
        FUZZ_CHECK(cursor_u64(c) == model_number(m, 8));
        break;
    case 4:
        FUZZ_CHECK((uint8_t)cursor_i8(c) == model_number(m, 1));
        break;
    case 5:
        FUZZ_CHECK((uint16_t)cursor_i16(c) == model_number(m, 2));
        break;
    case 6:
        FUZZ_CHECK((uint32_t)cursor_i32(c) == model_number(m, 4));
        break;
    case 7:
        FUZZ_CHECK((uint64_t)cursor_i64(c) == model_number(m, 8));
        break;
    case 8:
        f32 = cursor_f32(c);
        memcpy(&bits, &f32, sizeof f32); // the low half, on a little-endian machine
        if (f32 == f32)
            FUZZ_CHECK(bits == model_number(m, 4));
        else
            model_number(m, 4);
        break;
    default:
        f64 = cursor_f64(c);
        memcpy(&bits, &f64, sizeof f64);
        if (f64 == f64)
            FUZZ_CHECK(bits == model_number(m, 8));
        else
            model_number(m, 8);
        break;
    }
}

static void read_block(cursor *c, struct model *m, size_t size) {
    const size_t at = m->at;
    const uint8_t *bytes = cursor_bytes(c, size);
    FUZZ_CHECK((bytes != NULL) == model_take(m, size));
    if (bytes && size > 0) FUZZ_CHECK(bytes == m->data + at);
}

static void copy_block(cursor *c, struct model *m, size_t size) {
    uint8_t out[256];
    if (size > sizeof out) size = sizeof out;
    memset(out, 0xCC, sizeof out);
    const size_t at = m->at;
    const bool ok = cursor_copy(c, out, size);
    FUZZ_CHECK(ok == model_take(m, size));
    for (size_t i = 0; i < sizeof out; i++) {
        FUZZ_CHECK(out[i] == (i >= size ? 0xCC : ok ? m->data[at + i] : 0));
    }
}

static void read_count(cursor *c, struct model *m, size_t element) {
    const uint64_t count = model_number(m, 8);
    const size_t got = cursor_count(c, element);
    if (m->failed) {
        FUZZ_CHECK(got == 0);
        return;
    }
    const size_t each = element == 0 ? 1 : element;
    m->failed = count > (m->size - m->at) / each;
    FUZZ_CHECK(got == (m->failed ? 0 : count));
}

static void take_part(cursor *c, struct model *m, size_t size) {
    const size_t at = m->at;
    cursor part = cursor_sub(c, size);
    const bool ok = model_take(m, size);
    FUZZ_CHECK(cursor_ok(&part) == ok);
    FUZZ_CHECK(cursor_left(&part) == (ok ? size : 0));
    if (ok && size > 0) FUZZ_CHECK(cursor_u8(&part) == m->data[at]);
    FUZZ_CHECK(!cursor_skip(&part, size + (size == 0)) || !ok || size == 0);
}

static void move(cursor *c, struct model *m, size_t to, bool align) {
    if (align) {
        const bool power = to != 0 && (to & (to - 1)) == 0;
        const size_t gap = power ? (size_t)(-m->at & (to - 1)) : 0;
        const bool ok = cursor_align(c, to);
        if (!power) m->failed = true;
        FUZZ_CHECK(ok == model_take(m, gap));
        return;
    }
    const bool ok = cursor_seek(c, to);
    FUZZ_CHECK(ok == (!m->failed && to <= m->size));
    if (ok) {
        m->at = to;
    } else {
        m->failed = true;
    }
}

static void step(cursor *c, struct model *m, uint8_t code, size_t arg) {
    const unsigned op = code % 17;
    if (op < 10) {
        read_number(c, m, op);
        return;
    }
    switch (op) {
    case 10:
        read_block(c, m, arg);
        break;
    case 11:
        copy_block(c, m, arg);
        break;
    case 12:
        read_count(c, m, arg);
        break;
    case 13:
        take_part(c, m, arg);
        break;
    case 14:
        move(c, m, arg, false);
        break;
    case 15:
        move(c, m, arg, true);
        break;
    default:
        FUZZ_CHECK(cursor_skip(c, arg) == model_take(m, arg));
        break;
    }
}

// Input: one byte n, n pairs (operation, argument), then the data.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const size_t steps = data[0];
    if (size - 1 < 2 * steps) return 0;
    const uint8_t *program = data + 1;
    const uint8_t *rest = program + 2 * steps;
    cursor c;
    struct model m = {rest, size - 1 - 2 * steps, 0, false};
    cursor_init(&c, rest, m.size);
    for (size_t i = 0; i < steps; i++) {
        step(&c, &m, program[2 * i], argument(program[2 * i + 1]));
        FUZZ_CHECK(cursor_ok(&c) == !m.failed);
        FUZZ_CHECK(c.at <= c.size && c.size == m.size);
        FUZZ_CHECK(m.failed || c.at == m.at);
        FUZZ_CHECK(cursor_left(&c) == (m.failed ? 0 : m.size - m.at));
    }
    axl_error err;
    const axl_status status = cursor_status(&c, "input", &err);
    FUZZ_CHECK(status == (m.failed ? AXL_BAD_FILE : AXL_OK));
    return 0;
}
