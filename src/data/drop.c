#include "data/drop.h"

// Capitals, as in the lists.
typedef struct reason_words {
    const char *name, *text;
} reason_words;

static const reason_words words[DROP_REASONS] = {
#define DROP_WORDS(name, text) {#name, text},
    CORPUS_REASON_MAP(DROP_WORDS) DROP_REASON_MAP(DROP_WORDS)
#undef DROP_WORDS
};

const char *drop_reason_name(drop_reason reason, char out[DROP_NAME_MAX]) {
    const char *name = reason < DROP_REASONS ? words[reason].name : "UNKNOWN";
    size_t i = 0;
    for (; name[i] && i + 1 < DROP_NAME_MAX; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    out[i] = '\0';
    return out;
}

const char *drop_reason_text(drop_reason reason) {
    return reason < DROP_REASONS ? words[reason].text : "unknown";
}
