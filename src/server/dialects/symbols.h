// Symbols and how they are spelt: bytes stand for themselves, the others have names that raw
// prompts may use. Those of fill-in-the-middle exist in models that were trained with them; they
// are spelt as Continue, llama.cpp and most models do, so that editors need no configuration.
#ifndef SERVER_SYMBOLS_H
#define SERVER_SYMBOLS_H

#include "base/buf.h"
#include "server/catalog.h"

// {0} is empty. The owner of the struct owns data.
typedef struct symbol_list {
    uint16_t *data; // [count]
    size_t count, capacity;
    bool failed; // memory ran out; sticky
} symbol_list;

void symbols_free(symbol_list *l); // leaves {0}
bool symbols_put(symbol_list *l, uint16_t symbol);
bool symbols_put_bytes(symbol_list *l, const void *bytes, size_t size);

// Appends a text in which names stand for symbols, where `names`; otherwise its bytes.
bool symbols_put_text(symbol_list *l, const model_facts *m, const void *text, size_t size,
                      bool names);

// The name of a symbol from 256 on, or NULL; a constant.
const char *symbol_name(unsigned symbol);

// Appends what symbols stand for: bytes and names.
bool symbols_spell(buf *out, const uint16_t *symbols, size_t count);

// A token as answers show it: a printable text that no other token has. Bytes that are no character
// by themselves are spelt "bytes:\xe2", as OpenAI does.
#define SYMBOL_TOKEN_MAX 24
size_t symbol_token(unsigned symbol, char out[SYMBOL_TOKEN_MAX]);

#endif
