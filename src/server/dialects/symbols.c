#include "server/dialects/symbols.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "base/strings.h"

#include <string.h>

static const char *const names[] = {
    "<|bos|>",      "<|endoftext|>", "<fim_prefix>", "<fim_suffix>",
    "<fim_middle>", "<fim_pad>",     "<file_sep>",   "<repo_name>",
};
#define NAMES (sizeof names / sizeof *names)
#define FIRST_NAME 256

void symbols_free(symbol_list *l) {
    mem_free(l->data);
    *l = (symbol_list){0};
}

static bool reserve(symbol_list *l, size_t more) {
    size_t need = 0;
    if (l->failed) return false;
    if (size_add(l->count, more, &need) && need <= l->capacity) return true;
    const size_t capacity = size_max(need, 2 * l->capacity);
    uint16_t *grown = need ? mem_resize_array(l->data, capacity, sizeof *grown) : NULL;
    if (!grown) {
        l->failed = true;
        return false;
    }
    l->data = grown;
    l->capacity = capacity;
    return true;
}

bool symbols_put(symbol_list *l, uint16_t symbol) {
    if (!reserve(l, 1)) return false;
    l->data[l->count++] = symbol;
    return true;
}

bool symbols_put_bytes(symbol_list *l, const void *bytes, size_t size) {
    if (!reserve(l, size)) return false;
    for (size_t i = 0; i < size; i++) l->data[l->count++] = ((const uint8_t *)bytes)[i];
    return true;
}

// The symbol whose name the text begins with; 0: none, which is a byte.
static unsigned name_at(const model_facts *m, const char *text, size_t size) {
    if (size == 0 || text[0] != '<') return 0;
    for (unsigned i = 0; i < NAMES; i++) {
        const unsigned symbol = FIRST_NAME + i;
        const bool known = symbol <= MODEL_EOS || (m->infill && symbol < m->vocab);
        const size_t length = strlen(names[i]);
        if (known && length <= size && memcmp(text, names[i], length) == 0) return symbol;
    }
    return 0;
}

bool symbols_put_text(symbol_list *l, const model_facts *m, const void *text, size_t size,
                      bool by_name) {
    const char *bytes = text;
    size_t from = 0;
    for (size_t at = 0; by_name && at < size;) {
        const unsigned symbol = name_at(m, bytes + at, size - at);
        if (symbol == 0) {
            at++;
            continue;
        }
        symbols_put_bytes(l, bytes + from, at - from);
        symbols_put(l, (uint16_t)symbol);
        at += strlen(names[symbol - FIRST_NAME]);
        from = at;
    }
    return symbols_put_bytes(l, bytes + from, size - from);
}

const char *symbol_name(unsigned symbol) {
    return symbol >= FIRST_NAME && symbol < FIRST_NAME + NAMES ? names[symbol - FIRST_NAME] : NULL;
}

bool symbols_spell(buf *out, const uint16_t *symbols, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name = symbol_name(symbols[i]);
        if (name) {
            buf_text(out, name);
        } else if (symbols[i] < FIRST_NAME) {
            buf_byte(out, (uint8_t)symbols[i]);
        } else {
            buf_format(out, "<unused_%u>", (unsigned)symbols[i]);
        }
    }
    return buf_ok(out);
}

size_t symbol_token(unsigned symbol, char out[SYMBOL_TOKEN_MAX]) {
    const char *name = symbol_name(symbol);
    if (name) return string_copy(out, SYMBOL_TOKEN_MAX, name);
    if (symbol >= FIRST_NAME)
        return string_format(out, SYMBOL_TOKEN_MAX, NULL, "<unused_%u>", symbol);
    if (symbol >= 0x80) return string_format(out, SYMBOL_TOKEN_MAX, NULL, "bytes:\\x%02x", symbol);
    out[0] = (char)symbol;
    out[1] = '\0';
    return 1;
}
