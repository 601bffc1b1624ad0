// The table of commands and their options. The parser, the help, the man page and the completion
// all come from it.
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct command command;

// The values of an option that may be given several times, in order.
#define CLI_LIST_MAX 16
typedef struct text_list {
    size_t count;
    const char *item[CLI_LIST_MAX];
} text_list;

// Numbers for which 0 is a value like others.
typedef struct given_real {
    bool said;
    double value;
} given_real;
typedef struct given_count {
    bool said;
    uint64_t value;
} given_count;

// Options of axl generate and axl chat.
typedef struct generate_arguments {
    given_real temperature, top_p, min_p, repeat_penalty, presence_penalty, frequency_penalty;
    given_count top_k, repeat_last, max_bytes, seed, logprobs;
    text_list stop;
    const char *file, *suffix, *system; // NULL: not said
    double max_seconds;                 // 0: not said
    size_t n;                           // 0: not said
    bool stats, no_draft, ignore_end, echo;
} generate_arguments;

// Options of axl serve and axl doctor. NULL and 0: not said.
typedef struct serve_arguments {
    const char *host, *socket, *key_file, *print_config, *model;
    text_list names, keys, hosts, origins;
    given_count port, ollama_port, queue;
    size_t slots;
    uint64_t cache_bytes, body_bytes;
    bool no_log;
} serve_arguments;

// Options of axl data. NULL and 0: not said.
typedef struct data_arguments {
    text_list against, sha256, from;
    given_count min_lines, max_lines, max_line, mean_line;
    given_real min_alnum, near;
    uint64_t max_bytes, cap, total;
    size_t limit, context;
    double temperature, held, max_gb;
    const char *licence, *endpoint;
    bool keep_generated, keep_secrets, valid_syntax, offline;
} data_arguments;

// Options of axl eval task and axl eval compare. NULL and 0: not said.
typedef struct score_arguments {
    const char *train, *html;
    size_t samples;
    bool no_record;
} score_arguments;

// Options of axl eval humaneval, mbpp, infill and line. NULL and 0: not said.
typedef struct code_arguments {
    const char *spans;
    given_count shots;
    double precision;
    size_t room, timeout;
    bool reference, wrong;
} code_arguments;

// What the words of a command line say. Strings are those of argv. All zero is a good default.
typedef struct arguments {
    const command *command; // the one to run
    bool help, force, hash, json, quick, all, no_peers, verbose, version, man, recompute, strided;
    size_t threads;        // 0: not said
    size_t batch, length;  // 0: not said
    size_t streams;        // 0: not said
    size_t seconds;        // 0: not said
    text_list set;         // "field=value"
    const char *preset;    // NULL: not said
    const char *base;      // NULL: not said
    const char *dtype;     // NULL: not said
    const char *type;      // NULL: not said
    const char *layout;    // NULL: not said
    const char *calibrate; // NULL: not said
    const char *eval_path; // NULL: not said
    const char *ollama;    // NULL: not said
    const char *name;      // NULL: not said
    const char *peer;      // NULL: not said
    const char *out;       // NULL: not said
    const char *config;    // NULL: not said
    const char *optimizer; // NULL: not said
    const char *prompt;    // NULL: not said
    const char *field;     // NULL: not said
    text_list data_list, val;
    size_t steps, bytes, seed; // 0: not said
    size_t trial_steps;        // 0: not said
    double from, to;           // 0: not said
    uint64_t max_ram;          // bytes; 0: not said
    given_count dashboard;     // of axl train
    bool resume, dry_run;
    double minutes;         // 0: not said
    uint64_t ram, limit;    // bytes; 0: not said
    const char *data;       // NULL: not said
    const char *cpu;        // NULL: not said
    const char *completion; // NULL: not said
    generate_arguments generate;
    serve_arguments serve;
    data_arguments prepare; // of axl data
    score_arguments score;  // of axl eval task
    code_arguments code;    // of axl eval humaneval and its like
    size_t word_count;
    const char *const *words; // that are no options, behind the command: in argv
} arguments;

typedef enum option_kind {
    OPTION_FLAG,   // bool
    OPTION_NUMBER, // size_t, 1 .. most
    OPTION_REAL,   // double, above 0, decimal digits and a point
    OPTION_ANY,    // given_real
    OPTION_COUNT,  // given_count, 0 .. most
    OPTION_MAYBE,  // given_count, 1 .. most behind '='; alone: 0
    OPTION_SIZE,   // uint64_t, bytes, more than 0
    OPTION_TEXT,   // const char *
    OPTION_LIST,   // text_list; may be given several times
    OPTION_LEVEL   // const char *, the name of a level of kernels
} option_kind;

typedef struct option {
    const char *name; // without the dashes
    char letter;      // 0: none
    option_kind kind;
    const char *value; // its name in the help; NULL for a flag
    const char *help;
    size_t offset; // of its field in arguments
    size_t most;   // of a number
} option;

// Returns an exit code.
typedef int command_fn(const arguments *args);

struct command {
    const char *name;
    const char *summary; // half a line
    const char *text;    // paragraphs, "\n" between them
    const char *words;   // what may follow, in the help; NULL: nothing
    const option *options;
    size_t option_count;
    const command *commands; // below this one
    size_t command_count;
    const command *parent; // NULL: this is the program
    command_fn *run;       // NULL: one of commands must follow
};

extern const command cli_program;

// The command below parent with that name, or NULL.
const command *cli_command_find(const command *parent, const char *name);

// "axl bench peak": the names from the program to the command. Writes out and returns it.
#define CLI_PATH_MAX 64
const char *cli_command_path(char out[CLI_PATH_MAX], const command *c);

command_fn cmd_bench_decode, cmd_bench_gemm, cmd_bench_kernels, cmd_bench_peak, cmd_bench_prefill,
    cmd_bench_train, cmd_chat, cmd_convert, cmd_cpu, cmd_data_filter, cmd_data_make, cmd_data_mix,
    cmd_data_pull, cmd_data_split, cmd_data_stats, cmd_doctor, cmd_eval_bpb, cmd_eval_compare,
    cmd_eval_humaneval, cmd_eval_infill, cmd_eval_line, cmd_eval_logits, cmd_eval_mbpp,
    cmd_eval_task, cmd_export, cmd_generate, cmd_help, cmd_inspect, cmd_lr_find, cmd_models,
    cmd_program, cmd_quantize, cmd_serve, cmd_suggest, cmd_train, cmd_version;

#endif
