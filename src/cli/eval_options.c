#include "cli/eval_options.h"

#include "cli/cli_options.h"
#include "cli/code_options.h"

// What the path of a command is made of: the row in the program's own table has its commands, and
// they cannot name it.
static const command eval_parent = {.name = "eval", .parent = &cli_program};

static const option logits_options[] = {
    {"out", 'o', OPTION_TEXT, "FILE", "where the logits go", FIELD(out), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

static const option bpb_options[] = {
    {"limit", 0, OPTION_SIZE, "SIZE", "score the first so many bytes of each file, as 8K",
     FIELD(limit), 0},
    {"strided", 0, OPTION_FLAG, NULL,
     "score windows that each begin from nothing, a quarter of the context apart", FIELD(strided),
     0},
    {"no-peers", 0, OPTION_FLAG, NULL, "leave out gzip and xz", FIELD(no_peers), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

static const option task_options[] = {
    {"data", 0, OPTION_TEXT, "FILE", "the questions: JSONL with prompt and completion", FIELD(data),
     0},
    {"train", 0, OPTION_TEXT, "FILE",
     "pairs that baselines learn from; default: train.jsonl beside the questions",
     FIELD(score.train), 0},
    {"samples", 0, OPTION_NUMBER, "N", "ask so many questions, evenly spread; default: all",
     FIELD(score.samples), 1000000},
    {"no-record", 0, OPTION_FLAG, NULL,
     "leave README.md and results.json of the models as they are", FIELD(score.no_record), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

// What the benchmarks of programs have in common.
#define CODE_TEXT                                                                                  \
    "A prompt that does not fit the model's context with --room bytes for the answer is not cut: " \
    "its problem counts as not solved, and how many there are is said. Shares stand with "         \
    "intervals of 95 % (Wilson's); with -n N answers pass@1, 10 and 100 are estimated without "    \
    "bias. Without --samples the result also goes into README.md and results.json of a model "     \
    "directory.\n"                                                                                 \
    "Programs run in a sandbox (bubblewrap, libseccomp) with no network and no files, and are "    \
    "judged in another process than their own; where a part of that is missing nothing runs. "     \
    "--reference and --wrong show what the tests let pass here, without a model."

static const option compare_options[] = {
    {"html", 0, OPTION_TEXT, "FILE", "write a page that needs no other file", FIELD(score.html), 0},
    JSON,
    HELP};

const command eval_commands[EVAL_COMMANDS] = {
    [EVAL_BPB] = {.name = "bpb",
                  .summary = "bits per byte on files, beside gzip and xz",
                  .text = "Reads each FILE from left to right with the model directory MODEL, "
                          "which has forgotten "
                          "the file before, predicts every byte exactly once from what comes "
                          "before it, and prints "
                          "how many bits a byte takes; a folder stands for all files below it. "
                          "Beyond the model's "
                          "context its window slides, as in generation.\n"
                          "gzip -9 and xz -9e of the same bytes stand beside it. Only on files "
                          "that the model was "
                          "not trained on does the figure say how good it is.",
                  .words = "MODEL FILE...",
                  .options = bpb_options,
                  .option_count = COUNT(bpb_options),
                  .parent = &eval_parent,
                  .run = cmd_eval_bpb},
    [EVAL_HUMANEVAL] =
        {.name = "humaneval",
         .summary = "functions that a model writes to their docstrings",
         .text = "Lets MODEL write the bodies of HumanEval's 164 functions, and runs their tests. "
                 "--data names HumanEval.jsonl(.gz), or a folder with it.\n" CODE_TEXT,
         .words = "[MODEL]",
         .options = humaneval_options,
         .option_count = HUMANEVAL_OPTIONS,
         .parent = &eval_parent,
         .run = cmd_eval_humaneval},
    [EVAL_INFILL] =
        {.name = "infill",
         .summary = "holes in programs that a model fills",
         .text =
             "Lets MODEL, which must have been trained to fill in the middle, write what is "
             "missing in HumanEval's solutions: one line of them, or any span. Counts which "
             "answers are exactly what was there, and which pass the tests. --data names the file "
             "of HumanEval-Infilling, or a folder with it.\n" CODE_TEXT,
         .words = "[MODEL]",
         .options = infill_options,
         .option_count = INFILL_OPTIONS,
         .parent = &eval_parent,
         .run = cmd_eval_infill},
    [EVAL_LINE] =
        {.name = "line",
         .summary = "lines that a model completes, and the keys that this saves",
         .text =
             "Types lines of each FILE (a folder stands for all files below it) byte by byte, from "
             "the end of their indentation on, and lets MODEL write what it expects at every "
             "place. Counts the lines that are right to their end when they are written at once, "
             "and the bytes in front of their first fault.\n"
             "Then somebody types: what the model is sure enough of is offered, and one key "
             "accepts "
             "an offer that is all right. How sure it has to be follows from --precision, the "
             "share "
             "of offers that is to be right: it is chosen on every other line, and what counts is "
             "how the lines in between go, both ways. Every offer that is shown counts, also one "
             "that only goes on. The result also goes into README.md and results.json of a model "
             "directory.",
         .words = "MODEL FILE...",
         .options = line_options,
         .option_count = LINE_OPTIONS,
         .parent = &eval_parent,
         .run = cmd_eval_line},
    [EVAL_COMPARE] =
        {.name = "compare",
         .summary = "several models side by side, from their results",
         .text = "Prints what results.json of each model directory says: size, training, bits per "
                 "byte, and of every task that 'axl eval task' has scored the figure, the best "
                 "baseline, and how many baselines the model beats. --html writes a page with all "
                 "of them and their intervals.",
         .words = "MODEL...",
         .options = compare_options,
         .option_count = COUNT(compare_options),
         .parent = &eval_parent,
         .run = cmd_eval_compare},
    [EVAL_LOGITS] =
        {.name = "logits",
         .summary = "write the logits of every byte of a file",
         .text =
             "Feeds BOS and then the bytes of FILE to the model directory MODEL. Row t of the "
             "output "
             "holds the logits after t bytes: vocab_size little-endian f32, no header. Beyond the "
             "model's context its window slides. For comparisons with other implementations.",
         .words = "MODEL FILE",
         .options = logits_options,
         .option_count = COUNT(logits_options),
         .parent = &eval_parent,
         .run = cmd_eval_logits},
    [EVAL_MBPP] =
        {.name = "mbpp",
         .summary = "programs that a model writes to a sentence and three tests",
         .text =
             "Asks MODEL the tasks of MBPP's test split, with --shots 3 behind the three solved "
             "ones that are published for it, and runs their tests. --data names mbpp.jsonl, "
             "or a folder with it.\n" CODE_TEXT,
         .words = "[MODEL]",
         .options = mbpp_options,
         .option_count = MBPP_OPTIONS,
         .parent = &eval_parent,
         .run = cmd_eval_mbpp},
    [EVAL_TASK] =
        {.name = "task",
         .summary = "how well models do a task, beside baselines",
         .text =
             "Asks every MODEL (a directory or file) the questions in --data, as 'axl data make' "
             "writes them, lets it write the most probable answer, and scores it with the metrics "
             "of the task NAME: docs, comment, refactor, testgen, secure, debug, fix, translate, "
             "chat or reasoning. The same questions are answered by baselines that have learnt "
             "nothing: the input copied, the most frequent answer of the training pairs, and the "
             "answer of the nearest training question. A last line says which of them the model "
             "beats, question by question.\n"
             "A question that does not fit the model's context with its answer counts as wrong, "
             "and how many there were is said; nothing is cut. Code is run in a sandbox only. What "
             "was found goes into README.md and results.json of each model directory as well.",
         .words = "NAME MODEL...",
         .options = task_options,
         .option_count = COUNT(task_options),
         .parent = &eval_parent,
         .run = cmd_eval_task},
};
