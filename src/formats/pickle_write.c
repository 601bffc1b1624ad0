#include "formats/pickle_parts.h"

#include <string.h>

const pickle_name pickle_names[PICKLE_SYMBOL_COUNT] = {
#define PICKLE_SYMBOL_NAME(name, module, python) {module, python},
    PICKLE_SYMBOLS(PICKLE_SYMBOL_NAME)
#undef PICKLE_SYMBOL_NAME
};

void pickle_put_byte(buf *out, char op) {
    buf_byte(out, (uint8_t)op);
}

void pickle_put_begin(buf *out) {
    buf_append(out, "\x80\x02", 2);
}

void pickle_put_end(buf *out) {
    pickle_put_byte(out, '.');
}

void pickle_put_text(buf *out, const char *text, size_t bytes) {
    pickle_put_byte(out, 'X');
    buf_u32(out, (uint32_t)bytes);
    buf_append(out, text, bytes);
}

void pickle_put_number(buf *out, uint64_t value) {
    if (value <= UINT8_MAX) {
        pickle_put_byte(out, 'K');
        buf_byte(out, (uint8_t)value);
    } else if (value <= INT32_MAX) {
        pickle_put_byte(out, 'J');
        buf_u32(out, (uint32_t)value);
    } else {
        buf_append(out, "\x8A\x08", 2); // eight bytes with a sign
        buf_u64(out, value);
    }
}

void pickle_put_real(buf *out, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    pickle_put_byte(out, 'G');
    for (int shift = 56; shift >= 0; shift -= 8) buf_byte(out, (uint8_t)(bits >> shift & 255));
}

void pickle_put_symbol(buf *out, pickle_symbol symbol) {
    buf_format(out, "c%s\n%s\n", pickle_names[symbol].module, pickle_names[symbol].name);
}
