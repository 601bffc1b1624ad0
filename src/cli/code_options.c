#include "cli/code_options.h"

#include "cli/cli_options.h"

// What all have; a macro, because a table cannot include another.
#define CODE_OPTIONS                                                                               \
    {"data", 0, OPTION_TEXT, "PATH", "the benchmark's file, or a folder with it", FIELD(data), 0}, \
        {"reference",                                                                              \
         0,                                                                                        \
         OPTION_FLAG,                                                                              \
         NULL,                                                                                     \
         "without a model: run the benchmark's own solutions",                                     \
         FIELD(code.reference),                                                                    \
         0},                                                                                       \
        {"wrong",                                                                                  \
         0,                                                                                        \
         OPTION_FLAG,                                                                              \
         NULL,                                                                                     \
         "without a model: the same, made to return something else",                               \
         FIELD(code.wrong),                                                                        \
         0},                                                                                       \
        {"samples",                                                                                \
         0,                                                                                        \
         OPTION_NUMBER,                                                                            \
         "N",                                                                                      \
         "only so many problems, evenly spread",                                                   \
         FIELD(score.samples),                                                                     \
         1000000},                                                                                 \
        {"n", 'n', OPTION_NUMBER, "N", "answers for each problem; default: 1", FIELD(generate.n),  \
         1000},                                                                                    \
        {"temperature",                                                                            \
         0,                                                                                        \
         OPTION_ANY,                                                                               \
         "T",                                                                                      \
         "0: the most probable byte; default: 0, with several answers 0.8",                        \
         FIELD(generate.temperature),                                                              \
         0},                                                                                       \
        {"top-p",                                                                                  \
         0,                                                                                        \
         OPTION_ANY,                                                                               \
         "P",                                                                                      \
         "draw from the fewest bytes with this probability together; default: 0.95",               \
         FIELD(generate.top_p),                                                                    \
         0},                                                                                       \
        {"seed",                                                                                   \
         0,                                                                                        \
         OPTION_COUNT,                                                                             \
         "N",                                                                                      \
         "same seed, same answers; default: 1",                                                    \
         FIELD(generate.seed),                                                                     \
         9007199254740992},                                                                        \
        {"max-bytes",                                                                              \
         0,                                                                                        \
         OPTION_COUNT,                                                                             \
         "N",                                                                                      \
         "of an answer; default: 1024",                                                            \
         FIELD(generate.max_bytes),                                                                \
         1048576},                                                                                 \
        {"room",                                                                                   \
         0,                                                                                        \
         OPTION_NUMBER,                                                                            \
         "N",                                                                                      \
         "bytes that must be left for an answer, or the prompt does not fit; default: 128",        \
         FIELD(code.room),                                                                         \
         1048576},                                                                                 \
        {"timeout",                                                                                \
         0,                                                                                        \
         OPTION_NUMBER,                                                                            \
         "N",                                                                                      \
         "seconds of processor time that a program has; default: 5",                               \
         FIELD(code.timeout),                                                                      \
         600},                                                                                     \
        {"no-record",                                                                              \
         0,                                                                                        \
         OPTION_FLAG,                                                                              \
         NULL,                                                                                     \
         "leave README.md and results.json of the model as they are",                              \
         FIELD(score.no_record),                                                                   \
         0},                                                                                       \
        JSON, THREADS, CPU, VERBOSE, HELP

const option humaneval_options[HUMANEVAL_OPTIONS] = {CODE_OPTIONS};

const option mbpp_options[MBPP_OPTIONS] = {
    {"shots", 0, OPTION_COUNT, "N", "solved tasks in front of the prompt, 0 to 3; default: 0",
     FIELD(code.shots), 3},
    {"all", 0, OPTION_FLAG, NULL, "every task, not only the 500 of the test split", FIELD(all), 0},
    CODE_OPTIONS};

const option infill_options[INFILL_OPTIONS] = {
    {"spans", 0, OPTION_TEXT, "WHICH", "single-line, random or light; default: single-line",
     FIELD(code.spans), 0},
    CODE_OPTIONS};

const option line_options[LINE_OPTIONS] = {
    {"samples", 0, OPTION_NUMBER, "N", "type so many lines, evenly spread; default: 200",
     FIELD(score.samples), 100000000},
    {"precision", 0, OPTION_REAL, "P", "share of offers that is to be right; default: 0.8",
     FIELD(code.precision), 1},
    {"no-record", 0, OPTION_FLAG, NULL, "leave README.md and results.json of the model as they are",
     FIELD(score.no_record), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};
