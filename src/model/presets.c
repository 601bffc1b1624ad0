#include "model/presets.h"

#include "base/strings.h"

#include <string.h>

// Of a name that is looked at, with the terminator. What has to be cut is twice as long as any
// preset and so neither one nor near to one.
#define LONGEST 40

// In the order of the published tables.
#define SIZES(d, heads, layers, ff)                                                                \
    .d_model = (d), .n_heads = (heads), .n_layers = (layers), .d_ff = (ff)

#define WIDTH_INFERRED "width of the feed-forward inferred from the published size"
#define CONTEXT_UNKNOWN "context not published"
#define SHAPE_CONTEXT "shape inferred from the published size; context not published"

const model_preset model_presets[MODEL_PRESETS] = {
    {.name = "micro-600k",
     .title = "Micro-600K",
     SIZES(48, 3, 3, 192),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "demonstration",
     .use = "a demonstration: the smallest of the family",
     .note = "only the size was published: this is a plain model of 599,760 parameters"},
    {.name = "comment-lion",
     .title = "Comment-Lion",
     SIZES(192, 3, 3, 512),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "comments",
     .use = "writes comments into code: 'Code:', the code, 'Commented:'",
     .note = WIDTH_INFERRED},
    {.name = "comment-5m",
     .title = "Comment-5M",
     SIZES(192, 3, 3, 512),
     .max_seq_len = 512,
     .optimizer = "sgd",
     .published_params = 7182144,
     .task = "comments",
     .use = "writes comments into code: 'Code:', the code, 'Commented:'",
     .note = "trained again later with Lion and a context of 2048 bytes"},
    {.name = "docs-lion",
     .title = "Docs-Lion",
     SIZES(224, 4, 3, 608),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "docstrings",
     .use = "adds docstrings to functions",
     .note = WIDTH_INFERRED},
    {.name = "docs-8m",
     .title = "Docs-8M",
     SIZES(224, 4, 3, 608),
     .max_seq_len = 512,
     .optimizer = "sgd",
     .published_params = 9870112,
     .task = "docstrings",
     .use = "adds docstrings to functions",
     .note = ""},
    {.name = "chat-lion",
     .title = "Chat-Lion",
     SIZES(224, 4, 3, 608),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "chat",
     .use = "dialogue about code",
     .note = SHAPE_CONTEXT},
    {.name = "chat-10m",
     .title = "Chat-10M",
     SIZES(224, 4, 3, 608),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "chat",
     .use = "dialogue about code",
     .note = SHAPE_CONTEXT},
    {.name = "secure-lion",
     .title = "Secure-Lion",
     SIZES(224, 4, 4, 608),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "security",
     .use = "security of code",
     .note = SHAPE_CONTEXT},
    {.name = "secure-10m",
     .title = "Secure-10M",
     SIZES(224, 4, 4, 608),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "security",
     .use = "security of code",
     .note = SHAPE_CONTEXT},
    {.name = "micro-lion",
     .title = "Micro-Lion",
     .alias = "micro",
     SIZES(256, 4, 3, 688),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "code",
     .use = "completes code from a prompt such as 'def fibonacci(n):'",
     .note = ""},
    {.name = "micro-8m",
     .title = "Micro-8M",
     SIZES(256, 4, 3, 688),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "code",
     .use = "completes code; the same model as Micro-Lion, trained with SGD",
     .note = SHAPE_CONTEXT},
    {.name = "chat-pro",
     .title = "Chat-Pro",
     SIZES(256, 4, 3, 688),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "chat",
     .use = "explains code in a dialogue: 'User: ...', 'Assistant:'",
     .note = WIDTH_INFERRED},
    {.name = "debugger-8m",
     .title = "Debugger-8M",
     SIZES(256, 4, 3, 688),
     .max_seq_len = 512,
     .optimizer = "sgd",
     .published_params = 14082444,
     .task = "debugging",
     .use = "proposes a fix for an error message: 'Error: ...', 'Fix:'",
     .note = "the published model has a self-debug module of 1,282,700 parameters more, whose form "
             "was never published: this is the plain model that it extends"},
    {.name = "testgen-lion",
     .title = "TestGen-Lion",
     SIZES(256, 4, 4, 688),
     .max_seq_len = 256,
     .optimizer = "lion",
     .published_params = 15174400,
     .task = "tests",
     .use = "writes unit tests",
     .note = ""},
    {.name = "testgen-15m",
     .title = "TestGen-15M",
     SIZES(256, 4, 4, 688),
     .max_seq_len = 512,
     .optimizer = "sgd",
     .published_params = 15174400,
     .task = "tests",
     .use = "writes unit tests",
     .note = ""},
    {.name = "translate",
     .title = "Translate",
     SIZES(256, 4, 4, 688),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .published_params = 15174400,
     .task = "translation",
     .use = "turns Python, JavaScript and Rust into each other: 'Translate:', the code, 'Result:'",
     .note = ""},
    {.name = "refactor-lion",
     .title = "Refactor-Lion",
     SIZES(288, 4, 4, 768),
     .max_seq_len = 256,
     .optimizer = "lion",
     .published_params = 19098720,
     .task = "refactoring",
     .use = "makes wordy Python idiomatic: 'Before:', the code, 'After:'",
     .note = ""},
    {.name = "refactor-20m",
     .title = "Refactor-20M",
     SIZES(288, 4, 4, 768),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "refactoring",
     .use = "makes wordy Python idiomatic: 'Before:', the code, 'After:'",
     .note = SHAPE_CONTEXT},
    {.name = "fixer-12m",
     .title = "Fixer-12M",
     SIZES(288, 4, 4, 768),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "debugging",
     .use = "repairs faulty code",
     .note = "the published model of 20.9 million parameters has modules whose form was never "
             "published: this is the nearest plain model; " CONTEXT_UNKNOWN},
    {.name = "coder-15m",
     .title = "Coder-15M",
     SIZES(320, 4, 4, 864),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .published_params = 25954341,
     .task = "agent",
     .use = "writes code in steps, as part of an agent",
     .note = "the published model has modules whose form was never published: this is the nearest "
             "plain model"},
    {.name = "reasoning-lion",
     .title = "Reasoning-Lion",
     SIZES(512, 4, 5, 1376),
     .max_seq_len = 256,
     .optimizer = "lion",
     .task = "reasoning",
     .use = "code in several steps",
     .note = WIDTH_INFERRED},
    {.name = "reasoning-70m",
     .title = "Reasoning-70M",
     SIZES(512, 4, 5, 1376),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "reasoning",
     .use = "code with the thoughts that lead to it",
     .note = SHAPE_CONTEXT},
    {.name = "code-1b-lion",
     .title = "Code-1B-Lion",
     SIZES(1024, 16, 6, 2752),
     .max_seq_len = 256,
     .dropout = 0.1,
     .optimizer = "lion",
     .published_params = 317590528,
     .task = "code",
     .use = "completes code from a prompt such as 'class Calculator:'",
     .note = "the name keeps its first goal; it has 318 million parameters"},
    {.name = "code-1b",
     .title = "Code-1B",
     SIZES(1024, 16, 6, 2752),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .published_params = 317590528,
     .task = "code",
     .use = "the baseline with SGD that Code-1B-Lion is compared with",
     .note = "the name keeps its first goal; it has 318 million parameters"},
    {.name = "300m",
     .title = "300M",
     SIZES(1024, 8, 6, 2816),
     .max_seq_len = 256,
     .optimizer = "sgd",
     .task = "code",
     .use = "general Python",
     .note = WIDTH_INFERRED "; trained again later with Lion"},
};

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

const model_preset *presets_find(const char *name, const char **near) {
    const char *names[2 * MODEL_PRESETS];
    char wanted[LONGEST];
    size_t length = 0, count = 0;
    for (; name[length] && length < LONGEST - 1; length++) wanted[length] = lower(name[length]);
    wanted[length] = '\0';
    const char *plain = string_starts(wanted, "axl-") ? wanted + strlen("axl-") : wanted;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const char *both[] = {model_presets[i].name, model_presets[i].alias};
        for (size_t j = 0; j < 2 && both[j]; j++, count++) {
            if (strcmp(both[j], plain) == 0) return &model_presets[i];
            names[count] = both[j];
        }
    }
    const size_t best = string_nearest(plain, names, count);
    if (near) *near = best == SIZE_MAX ? NULL : names[best];
    return NULL;
}

model_config presets_config(const model_preset *p) {
    model_config c = config_defaults();
    c.d_model = p->d_model;
    c.n_heads = p->n_heads;
    c.d_ff = p->d_ff;
    c.n_layers = p->n_layers;
    c.max_seq_len = p->max_seq_len;
    c.dropout = p->dropout;
    return c;
}
