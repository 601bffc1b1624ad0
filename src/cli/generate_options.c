#include "cli/generate_options.h"

#include "cli/cli_options.h"

// Options of what chooses bytes; a macro, because a table cannot include another.
#define MADE(name) FIELD(generate.name)
#define CHOICE_OPTIONS                                                                              \
    {"max-bytes",     0, OPTION_COUNT, "N", "make at most so many bytes", MADE(max_bytes),          \
     9007199254740992},                                                                             \
        {"max-seconds",     0,       OPTION_REAL, "N", "end after so long, the prompt included",    \
         MADE(max_seconds), 10000000},                                                              \
        {"temperature",     0, OPTION_ANY, "T", "0: the most probable byte; higher: more surprise", \
         MADE(temperature), 0},                                                                     \
        {"top-k",     0,      OPTION_COUNT, "N", "choose from the N most probable bytes; 0: all",   \
         MADE(top_k), 1000000},                                                                     \
        {"top-p",     0, OPTION_ANY, "P", "from the fewest that have this probability together",    \
         MADE(top_p), 0},                                                                           \
        {"min-p",     0, OPTION_ANY, "P", "from those with this share of the largest probability",  \
         MADE(min_p), 0},                                                                           \
        {"repeat-penalty",                                                                          \
         0,                                                                                         \
         OPTION_ANY,                                                                                \
         "X",                                                                                       \
         "divide logits of bytes that occurred; 1: do not",                                         \
         MADE(repeat_penalty),                                                                      \
         0},                                                                                        \
        {"presence-penalty",     0, OPTION_ANY, "X", "take this off bytes that occurred",           \
         MADE(presence_penalty), 0},                                                                \
        {"frequency-penalty",     0, OPTION_ANY, "X", "and this for each time that they did",       \
         MADE(frequency_penalty), 0},                                                               \
        {"repeat-last",                                                                             \
         0,                                                                                         \
         OPTION_COUNT,                                                                              \
         "N",                                                                                       \
         "bytes that penalties look back over; default: 64",                                        \
         MADE(repeat_last),                                                                         \
         1073741824},                                                                               \
        {"seed",                                                                                    \
         0,                                                                                         \
         OPTION_COUNT,                                                                              \
         "N",                                                                                       \
         "the same seed gives the same text; default: any",                                         \
         MADE(seed),                                                                                \
         9007199254740992},                                                                         \
        {"stop",     0, OPTION_LIST, "TEXT", "end before this text; may be given several times",    \
         MADE(stop), 0},                                                                            \
        {"no-draft",                                                                                \
         0,                                                                                         \
         OPTION_FLAG,                                                                               \
         NULL,                                                                                      \
         "guess no bytes ahead: the same text, usually slower",                                     \
         MADE(no_draft),                                                                            \
         0},                                                                                        \
    {                                                                                               \
        "stats", 0, OPTION_FLAG, NULL, "say at the end on stderr how fast it went", MADE(stats), 0  \
    }

const option generate_options[] = {
    {"prompt", 'p', OPTION_TEXT, "TEXT", "go on with this", FIELD(prompt), 0},
    {"file", 'f', OPTION_TEXT, "FILE", "go on with the bytes of a file; -: standard input",
     MADE(file), 0},
    {"suffix", 0, OPTION_TEXT, "TEXT", "fill in what is missing before this", MADE(suffix), 0},
    {"n", 'n', OPTION_NUMBER, "N", "make N texts, at most 64; default: 1", MADE(n), 64},
    CHOICE_OPTIONS,
    {"ignore-end", 0, OPTION_FLAG, NULL, "go on where the model would end", MADE(ignore_end), 0},
    {"echo", 0, OPTION_FLAG, NULL, "print the prompt before the text", MADE(echo), 0},
    {"logprobs", 0, OPTION_COUNT, "N",
     "with --json: each byte's probability, and the N most probable ones", MADE(logprobs), 20},
    JSON,
    THREADS,
    CPU,
    HELP};

const option chat_options[] = {
    {"system", 0, OPTION_TEXT, "TEXT", "what stands before the conversation", MADE(system), 0},
    CHOICE_OPTIONS,
    THREADS,
    CPU,
    HELP};
