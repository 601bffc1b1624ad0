#include "cli/data_options.h"

#include "cli/cli_options.h"

#define SAID(name) FIELD(prepare.name)
#define COUNT_MAX 9007199254740992

// Rows that several of them have; macros, because a table cannot include another.
#define TEXT_FIELD                                                                                 \
    {                                                                                              \
        "field", 0, OPTION_TEXT, "NAMES", "fields of JSONL lines that hold the text",              \
            FIELD(field), 0                                                                        \
    }
#define MAX_BYTES                                                                                  \
    {                                                                                              \
        "max-bytes", 0, OPTION_SIZE, "SIZE",                                                       \
            "leave out longer documents, 64M at most; default: 1M", SAID(max_bytes), 0             \
    }
#define NEAR(what)                                                                                 \
    { "near", 0, OPTION_ANY, "S", what "; 0: exact copies only; default: 0.7", SAID(near), 0 }
#define OUT(what)                                                                                  \
    { "out", 'o', OPTION_TEXT, "OUT", what, FIELD(out), 0 }
#define FORCE                                                                                      \
    { "force", 0, OPTION_FLAG, NULL, "replace what is there", FIELD(force), 0 }
#define SEED(what)                                                                                 \
    { "seed", 0, OPTION_NUMBER, "N", what "; default: 1", FIELD(seed), COUNT_MAX }
#define HELD                                                                                       \
    {                                                                                              \
        "held", 0, OPTION_REAL, "SHARE", "of the projects to hold out, up to 0.5; default: 0.1",   \
            SAID(held), 1                                                                          \
    }

static const option filter_options[] = {
    {"against", 0, OPTION_LIST, "FILE", "leave out what stands in this benchmark file",
     SAID(against), 0},
    {"min-lines", 0, OPTION_COUNT, "N", "leave out documents of fewer lines; default: 1",
     SAID(min_lines), COUNT_MAX},
    {"max-lines", 0, OPTION_COUNT, "N", "of more lines; 0: no bound; default: 100000",
     SAID(max_lines), COUNT_MAX},
    {"max-line", 0, OPTION_COUNT, "N", "with a line of more bytes; 0: no bound; default: 1000",
     SAID(max_line), COUNT_MAX},
    {"mean-line", 0, OPTION_COUNT, "N",
     "whose lines have more bytes on average; 0: no bound; default: 100", SAID(mean_line),
     COUNT_MAX},
    {"min-alnum", 0, OPTION_ANY, "SHARE",
     "of which letters and digits are a smaller share; default: 0.25", SAID(min_alnum), 0},
    MAX_BYTES,
    {"licence", 0, OPTION_TEXT, "WHAT",
     "headers with a licence: keep, strip, or drop the document; default: keep", SAID(licence), 0},
    {"keep-generated", 0, OPTION_FLAG, NULL, "keep files that a program has made",
     SAID(keep_generated), 0},
    {"keep-secrets", 0, OPTION_FLAG, NULL, "do not mask keys, tokens and passwords",
     SAID(keep_secrets), 0},
    {"require-valid-syntax", 0, OPTION_FLAG, NULL, "leave out Python that does not parse",
     SAID(valid_syntax), 0},
    NEAR("leave out what is so similar to a document before it"),
    TEXT_FIELD,
    FORCE,
    JSON,
    THREADS,
    VERBOSE,
    HELP};

static const option make_options[] = {
    {"from", 0, OPTION_LIST, "CODE", "Python: files, folders, patterns, JSONL", SAID(from), 0},
    OUT("the folder; TASK/train.jsonl and TASK/held.jsonl go there"),
    HELD,
    {"limit", 0, OPTION_NUMBER, "N", "pairs of each task in each of the two files, at most",
     SAID(limit), COUNT_MAX},
    {"context", 0, OPTION_NUMBER, "N", "symbols that a pair must fit into; default: 1024",
     SAID(context), 1 << 20},
    {"offline", 0, OPTION_FLAG, NULL, "use no network; nothing here does, so this changes nothing",
     SAID(offline), 0},
    SEED("of every choice"),
    {"max-bytes", 0, OPTION_SIZE, "SIZE", "leave out longer files, 64M at most; default: 100K",
     SAID(max_bytes), 0},
    TEXT_FIELD,
    FORCE,
    JSON,
    THREADS,
    VERBOSE,
    HELP};

static const option mix_options[] = {
    OUT("where it goes: a .jsonl, or a folder"),
    {"bytes", 0, OPTION_SIZE, "SIZE", "of text in all; default: as much as the shares allow",
     SAID(total), 0},
    {"cap", 0, OPTION_SIZE, "SIZE", "take no more of one project", SAID(cap), 0},
    {"temperature", 0, OPTION_REAL, "T", "above 1: shares that are more alike; default: 1",
     SAID(temperature), 1000},
    SEED("of the choice and the order"),
    MAX_BYTES,
    TEXT_FIELD,
    FORCE,
    JSON,
    VERBOSE,
    HELP};

static const option split_options[] = {
    OUT("the folder of train.jsonl and held.jsonl"),
    HELD,
    NEAR("leave out of training what is so similar to a held-out document"),
    SEED("of the choice"),
    MAX_BYTES,
    TEXT_FIELD,
    FORCE,
    JSON,
    VERBOSE,
    HELP};

static const option stats_options[] = {
    NEAR("count as copies what is so similar to a document before it"),
    MAX_BYTES,
    TEXT_FIELD,
    JSON,
    VERBOSE,
    HELP};

static const option pull_options[] = {
    OUT("the folder that it goes to"),
    {"max-gb", 0, OPTION_REAL, "N", "fetch no more than this, as 2 or 0.5", SAID(max_gb), 1000000},
    {"sha256", 0, OPTION_LIST, "HEX", "what the file must have; one for each URL, in their order",
     SAID(sha256), 0},
    {"endpoint", 0, OPTION_TEXT, "URL", "the server of rows; default: Hugging Face's",
     SAID(endpoint), 0},
    {"force", 0, OPTION_FLAG, NULL, "fetch again what is there", FIELD(force), 0},
    JSON,
    VERBOSE,
    HELP};

// What the path of a command is made of: the row in the program's own table has its commands, and
// they cannot name it.
static const command data_parent = {.name = "data", .parent = &cli_program};

const command data_commands[DATA_COMMANDS] = {
    [DATA_FILTER] =
        {.name = "filter",
         .summary = "leave out what is not worth training on, and say why",
         .text =
             "Reads files, folders, patterns and JSONL (.gz too) and writes what is good to OUT, "
             "a .jsonl or a folder: no copies or near copies, no generated files, no endless "
             "lines, no damaged text, nothing that stands in the benchmarks --against. Secrets are "
             "masked. Prints what was left out and why; the manifest beside OUT has the SHA-256 of "
             "what was written.\n"
             "Near copies are found by 128 minima of hashes of runs of 5 words; the first of a "
             "group stays. A document counts as copied from a benchmark when it has at least half "
             "of the runs of 8 words of one of its texts.",
         .words = "IN... OUT",
         .options = filter_options,
         .option_count = COUNT(filter_options),
         .parent = &data_parent,
         .run = cmd_data_filter},
    [DATA_MAKE] =
        {.name = "make",
         .summary = "pairs of question and answer, of real Python",
         .text =
             "Makes training pairs for TASK of the Python in --from: docs, comment, fix, debug, "
             "refactor, secure, testgen, translate, chat or reasoning, or all of them. What is "
             "asked and what is right are both made of real code: something is cut out of it, put "
             "into it, or it is run. Whole projects are held out before any pair is made, and no "
             "code of theirs is in the training pairs. docs/guide/tasks.md has the form of each "
             "task.\n"
             "debug, testgen and reasoning run code, in the sandbox; all leaves them out where "
             "there is none, and says so.",
         .words = "TASK",
         .options = make_options,
         .option_count = COUNT(make_options),
         .parent = &data_parent,
         .run = cmd_data_make},
    [DATA_MIX] =
        {.name = "mix",
         .summary = "texts in shares, from each project so much",
         .text =
             "Draws documents of each PATH until its share is there: in proportion to WEIGHT times "
             "its bytes, or their T-th root with --temperature T. No document comes twice, so "
             "without --bytes the mixture ends where the first text does. The order is random and "
             "the same for the same seed.",
         .words = "PATH[:WEIGHT]...",
         .options = mix_options,
         .option_count = COUNT(mix_options),
         .parent = &data_parent,
         .run = cmd_data_mix},
    [DATA_PULL] =
        {.name = "pull",
         .summary = "fetch data sets over HTTPS",
         .text =
             "Fetches files by URL, or the rows of a data set of Hugging Face as "
             "hf:OWNER/NAME[/CONFIG[/SPLIT]], into the folder --out. What was interrupted goes on "
             "where it ended; a server that is busy is asked again when it says so. manifest.json "
             "has size and SHA-256 of each file; what it lists is not fetched again.\n"
             "$HF_TOKEN goes over HTTPS to huggingface.co and to --endpoint, and to this machine.",
         .words = "WHAT...",
         .options = pull_options,
         .option_count = COUNT(pull_options),
         .parent = &data_parent,
         .run = cmd_data_pull},
    [DATA_SPLIT] =
        {.name = "split",
         .summary = "training and held-out text that share no project",
         .text =
             "Holds out whole projects, chosen by the seed and their names, and writes train.jsonl "
             "and held.jsonl to the folder --out, with a manifest of projects and SHA-256. "
             "Training documents that are near copies of held-out ones are left out.",
         .words = "PATH...",
         .options = split_options,
         .option_count = COUNT(split_options),
         .parent = &data_parent,
         .run = cmd_data_split},
    [DATA_STATS] = {.name = "stats",
                    .summary = "what is in a text: sizes, projects, copies",
                    .text = "Counts documents, bytes, lines, projects and kinds of files, and how "
                            "much of it is there more than once.",
                    .words = "PATH...",
                    .options = stats_options,
                    .option_count = COUNT(stats_options),
                    .parent = &data_parent,
                    .run = cmd_data_stats},
};
