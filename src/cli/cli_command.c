#include "cli/cli_command.h"

#include "cli/cli_options.h"
#include "cli/data_options.h"
#include "cli/eval_options.h"
#include "cli/generate_options.h"
#include "cli/serve_options.h"

#include <stdio.h>
#include <string.h>

static const option bench_options[] = {JSON, THREADS, CPU, QUICK, VERBOSE, HELP};

static const option gemm_options[] = {
    JSON,
    THREADS,
    CPU,
    {"all", 0, OPTION_FLAG, NULL, "also the layers of the other presets, and the heads", FIELD(all),
     0},
    {"no-peers", 0, OPTION_FLAG, NULL, "leave out oneDNN and OpenBLAS", FIELD(no_peers), 0},
    QUICK,
    VERBOSE,
    HELP};

// Options of the benchmarks of models; a macro, because a table cannot include another.
#define MODEL_OPTIONS                                                                              \
    {"preset",      0, OPTION_TEXT, "NAME", "the model (see 'axl models'); default: micro-lion",   \
     FIELD(preset), 0},                                                                            \
        {"set",                                                                                    \
         0,                                                                                        \
         OPTION_LIST,                                                                              \
         "FIELD=VALUE",                                                                            \
         "change a field of its configuration, as d_model=96",                                     \
         FIELD(set),                                                                               \
         0},                                                                                       \
        {"dtype",      0, OPTION_TEXT, "TYPE", "type of the products: f32 or bf16; default: f32",  \
         FIELD(dtype), 0},                                                                         \
        {"length",                                                                                 \
         0,                                                                                        \
         OPTION_NUMBER,                                                                            \
         "N",                                                                                      \
         "bytes of a sequence; default: the model's context",                                      \
         FIELD(length),                                                                            \
         1048576},                                                                                 \
        {"seconds",      0,    OPTION_NUMBER, "N", "measure about so long; default: 10",           \
         FIELD(seconds), 86400},                                                                   \
        {"peer",      0, OPTION_TEXT, "NAME", "beside another program: torch, llama.cpp",          \
         FIELD(peer), 0},                                                                          \
        JSON, THREADS, CPU, QUICK, VERBOSE, HELP
#define BATCH                                                                                      \
    { "batch", 0, OPTION_NUMBER, "N", "sequences of a step; default: 16", FIELD(batch), 65536 }

static const option train_bench_options[] = {BATCH,
                                             {"recompute", 0, OPTION_FLAG, NULL,
                                              "keep less memory and compute each block twice",
                                              FIELD(recompute), 0},
                                             MODEL_OPTIONS};
static const option train_options[] = {
    {"data", 0, OPTION_LIST, "PATH", "text to train on: files, folders, patterns; PATH:WEIGHT",
     FIELD(data_list), 0},
    {"out", 'o', OPTION_TEXT, "DIR", "the folder of the model", FIELD(out), 0},
    {"preset", 0, OPTION_TEXT, "NAME",
     "the model (see 'axl models'), or auto: what suits the length; default: micro-lion",
     FIELD(preset), 0},
    {"base", 0, OPTION_TEXT, "MODEL", "begin with the weights of this model folder, in its shape",
     FIELD(base), 0},
    {"config", 0, OPTION_TEXT, "FILE", "settings in YAML", FIELD(config), 0},
    {"set", 0, OPTION_LIST, "NAME=VALUE", "a setting or a field of the model, as d_model=96",
     FIELD(set), 0},
    {"minutes", 0, OPTION_REAL, "N", "minutes of training, as 10 or 0.5", FIELD(minutes), 10000000},
    {"steps", 0, OPTION_NUMBER, "N", "steps of training", FIELD(steps), 9007199254740992},
    {"bytes", 0, OPTION_NUMBER, "N", "bytes of text to see", FIELD(bytes), 9007199254740992},
    {"val", 0, OPTION_LIST, "PATH", "held-out text; default: units of the data", FIELD(val), 0},
    {"resume", 0, OPTION_FLAG, NULL, "go on with the run in --out", FIELD(resume), 0},
    {"optimizer", 0, OPTION_TEXT, "NAME", "lion, sgd or adamw; default: the preset's",
     FIELD(optimizer), 0},
    {"dtype", 0, OPTION_TEXT, "TYPE", "type of the products: f32 or bf16; default: f32",
     FIELD(dtype), 0},
    {"seed", 0, OPTION_NUMBER, "N", "of everything that is random; default: 1", FIELD(seed),
     9007199254740992},
    {"prompt", 0, OPTION_TEXT, "TEXT", "let the model go on with this at the end", FIELD(prompt),
     0},
    {"field", 0, OPTION_TEXT, "NAMES", "fields of JSONL lines that hold the text", FIELD(field), 0},
    {"max-ram", 0, OPTION_SIZE, "SIZE", "use no more memory than this", FIELD(max_ram), 0},
    {"dry-run", 0, OPTION_FLAG, NULL, "print the plan and do nothing", FIELD(dry_run), 0},
    {"quick", 0, OPTION_FLAG, NULL, "measure no speed before it begins: assume one", FIELD(quick),
     0},
    {"dashboard", 0, OPTION_MAYBE, "PORT",
     "show the run on a page of this machine while it goes on; default: port 8881",
     FIELD(dashboard), 65535},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

static const option lr_find_options[] = {
    {"data", 0, OPTION_LIST, "PATH", "text to train on: files, folders, patterns; PATH:WEIGHT",
     FIELD(data_list), 0},
    {"preset", 0, OPTION_TEXT, "NAME",
     "the model (see 'axl models'), or auto with --minutes; default: micro-lion", FIELD(preset), 0},
    {"config", 0, OPTION_TEXT, "FILE", "settings in YAML", FIELD(config), 0},
    {"set", 0, OPTION_LIST, "NAME=VALUE", "a setting or a field of the model, as d_model=96",
     FIELD(set), 0},
    {"minutes", 0, OPTION_REAL, "N", "what --preset auto chooses the size for", FIELD(minutes),
     10000000},
    {"optimizer", 0, OPTION_TEXT, "NAME", "lion, sgd or adamw; default: the preset's",
     FIELD(optimizer), 0},
    {"dtype", 0, OPTION_TEXT, "TYPE", "type of the products: f32 or bf16; default: f32",
     FIELD(dtype), 0},
    {"steps", 0, OPTION_NUMBER, "N", "steps, each at a higher rate; default: 200",
     FIELD(trial_steps), 1000},
    {"from", 0, OPTION_REAL, "RATE", "the first; default: a thousandth of the standard one",
     FIELD(from), 100},
    {"to", 0, OPTION_REAL, "RATE", "the last; default: a hundred times the standard one", FIELD(to),
     100},
    {"seed", 0, OPTION_NUMBER, "N", "of everything that is random; default: 1", FIELD(seed),
     9007199254740992},
    {"field", 0, OPTION_TEXT, "NAMES", "fields of JSONL lines that hold the text", FIELD(field), 0},
    {"max-ram", 0, OPTION_SIZE, "SIZE", "use no more memory than this", FIELD(max_ram), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

static const option prefill_options[] = {BATCH, MODEL_OPTIONS};
static const option decode_options[] = {{"streams", 0, OPTION_NUMBER, "N",
                                         "texts that are written at the same time; default: 1",
                                         FIELD(streams), 1024},
                                        MODEL_OPTIONS};

enum {
    BENCH,
    CHAT_COMMAND,
    CONVERT_COMMAND,
    CPU_COMMAND,
    DATA_COMMAND,
    DOCTOR_COMMAND,
    EVAL_COMMAND,
    EXPORT_COMMAND,
    GENERATE_COMMAND,
    HELP_COMMAND,
    INSPECT_COMMAND,
    LR_FIND_COMMAND,
    MODELS_COMMAND,
    QUANTIZE_COMMAND,
    SERVE_COMMAND,
    SUGGEST_COMMAND,
    TRAIN_COMMAND,
    VERSION_COMMAND,
    PROGRAM_COMMANDS
};
static const command program_commands[PROGRAM_COMMANDS];

static const command bench_commands[] = {
    {.name = "peak",
     .summary = "what this machine can do at most",
     .text = "Measures the rates of arithmetic in f32, bf16 and int8, and the bandwidths of the L2 "
             "and L3 caches and of memory, for one thread and for all: the yardstick of every "
             "other speed. Each figure is the median of repetitions, with the smallest and the "
             "largest.",
     .options = bench_options,
     .option_count = COUNT(bench_options),
     .parent = &program_commands[BENCH],
     .run = cmd_bench_peak},
    {.name = "gemm",
     .summary = "matrix products as a share of the peak, beside oneDNN and OpenBLAS",
     .text = "Runs the products of linear layers (forward, dX and dW, in f32 and bf16) and prints "
             "GFLOP/s and the share of the peak that was measured in turns with them. Where "
             "oneDNN (libdnnl.so.2) and OpenBLAS (libopenblas.so.0) are installed, they compute "
             "the same products in the same run, and their results are compared with ours.\n"
             "GFLOP/s includes the packing of the weight in every call; the prepacked columns are "
             "without it, and stand against oneDNN with a weight in the order it likes best.",
     .options = gemm_options,
     .option_count = COUNT(gemm_options),
     .parent = &program_commands[BENCH],
     .run = cmd_bench_gemm},
    {.name = "kernels",
     .summary = "the other kernels: attention, memory-bound loops, dispatch",
     .text = "Compares each kernel that is bound by memory with the copy of arrays of the same "
             "size, 16 MiB each and not in any cache, measured in turns. Attention forward and "
             "backward (T = 256 causal, 4 heads of 64, batch 16) is a share of the f32 peak that "
             "counts the visible half only. Dispatch is the time in which the pool runs as many "
             "empty tasks as it has threads.",
     .options = bench_options,
     .option_count = COUNT(bench_options),
     .parent = &program_commands[BENCH],
     .run = cmd_bench_kernels},
    {.name = "train",
     .summary = "steps of training a model, as a share of the peak",
     .text =
         "Trains a model of random weights on random bytes: forward, backward, clipping and the "
         "update of the preset's optimizer. The share counts the operations that the "
         "mathematics needs, visible half of attention only, against the peak measured beside "
         "every step. With --peer torch the project's PyTorch version does the same steps in "
         "the same run.",
     .options = train_bench_options,
     .option_count = COUNT(train_bench_options),
     .parent = &program_commands[BENCH],
     .run = cmd_bench_train},
    {.name = "decode",
     .summary = "generation byte by byte with a full context",
     .text =
         "Generates with a model of random weights and a full context, the window sliding on. "
         "The share is that of the bandwidth of the cache or memory in which the matrices lie, "
         "counting the parameters that a byte must read; with --streams, as a server has them, "
         "the bytes of all texts count, and one reading as serving all. With --peer torch the "
         "original's way runs beside it: a full forward pass for every byte. With --peer llama.cpp "
         "(the folder "
         "of its libraries in AXL_LLAMA) a dense llama does that reads about as many parameters "
         "for a byte.",
     .options = decode_options,
     .option_count = COUNT(decode_options),
     .parent = &program_commands[BENCH],
     .run = cmd_bench_decode},
    {.name = "prefill",
     .summary = "reading a whole context into a new session",
     .text =
         "Feeds a full context at once to a model of random weights, beside the forward pass of "
         "training.",
     .options = prefill_options,
     .option_count = COUNT(prefill_options),
     .parent = &program_commands[BENCH],
     .run = cmd_bench_prefill},
};

#define LAYOUT(what)                                                                               \
    { "layout", 0, OPTION_TEXT, "LAYOUT", what, FIELD(layout), 0 }

static const option quantize_options[] = {
    {"type", 0, OPTION_TEXT, "TYPE", "q8_0, q6_k, q5_0, q4_k_m or q4_k_s; default: q4_k_m",
     FIELD(type), 0},
    LAYOUT("rows or groups, which load faster; default: by size"),
    {"calibrate", 0, OPTION_TEXT, "FILE", "text that tells which columns of the matrices matter",
     FIELD(calibrate), 0},
    {"eval", 0, OPTION_TEXT, "PATH", "score this before and after: a file or a folder",
     FIELD(eval_path), 0},
    {"limit", 0, OPTION_SIZE, "SIZE", "score the first so many bytes of each file, as 8K",
     FIELD(limit), 0},
    {"all", 0, OPTION_FLAG, NULL, "list every tensor", FIELD(all), 0},
    {"force", 0, OPTION_FLAG, NULL, "replace a file that is there", FIELD(force), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

static const option export_options[] = {
    {"ollama", 0, OPTION_TEXT, "DIR", "the folder to write: a .gguf, a Modelfile and a README.md",
     FIELD(ollama), 0},
    {"type", 0, OPTION_TEXT, "TYPE", "f32, f16, q8_0 or q4_k_m; default: f16", FIELD(type), 0},
    {"name", 0, OPTION_TEXT, "NAME", "of the file; default: the model's", FIELD(name), 0},
    {"eval", 0, OPTION_TEXT, "PATH", "score the model and the file on this: a file or a folder",
     FIELD(eval_path), 0},
    {"limit", 0, OPTION_SIZE, "SIZE", "score the first so many bytes of each file, as 8K",
     FIELD(limit), 0},
    {"all", 0, OPTION_FLAG, NULL, "list every tensor", FIELD(all), 0},
    {"force", 0, OPTION_FLAG, NULL, "write into a folder that is not empty", FIELD(force), 0},
    JSON,
    THREADS,
    CPU,
    VERBOSE,
    HELP};

static const option help_only[] = {HELP};
static const option cpu_options[] = {JSON, THREADS, CPU, HELP};
static const option models_options[] = {JSON, HELP};
static const option convert_options[] = {
    LAYOUT("of few bits in a .gguf: rows or groups; default: as it is"),
    {"force", 0, OPTION_FLAG, NULL, "replace what is there", FIELD(force), 0},
    JSON,
    HELP};
static const option inspect_options[] = {
    {"hash", 0, OPTION_FLAG, NULL, "also the SHA-256 of each file", FIELD(hash), 0}, JSON, HELP};
static const option suggest_options[] = {
    {"ram", 0, OPTION_SIZE, "SIZE",
     "memory that training may take, as 512M or 16G; default: what is available", FIELD(ram), 0},
    {"minutes", 0, OPTION_REAL, "N", "minutes of training, as 90 or 0.5; default: 10",
     FIELD(minutes), 100000000},
    {"data", 0, OPTION_TEXT, "PATH", "the text to train on, a file or a folder", FIELD(data), 0},
    JSON,
    THREADS,
    CPU,
    QUICK,
    VERBOSE,
    HELP};
static const option help_options[] = {
    {"man", 0, OPTION_FLAG, NULL, "print the manual page (troff)", FIELD(man), 0},
    {"completion", 0, OPTION_TEXT, "SHELL", "print the completion script of a shell: bash",
     FIELD(completion), 0},
    HELP};

static const command program_commands[PROGRAM_COMMANDS] = {
    [BENCH] = {.name = "bench",
               .summary = "measure this machine and the kernels",
               .text = "Speeds are quoted as a share of the machine's measured peak and beside "
                       "named libraries, in the same run.",
               .options = help_only,
               .option_count = COUNT(help_only),
               .commands = bench_commands,
               .command_count = COUNT(bench_commands),
               .parent = &cli_program},
    [CHAT_COMMAND] =
        {.name = "chat",
         .summary = "talk with a model",
         .text =
             "Asks the model directory MODEL line by line, in the form that it was trained for: "
             "'User: ... Assistant: ...' unless its generation_config.json says otherwise. The "
             "oldest turns are forgotten when the context is full.\n"
             "Ctrl-C stops an answer, Ctrl-D or /exit leaves, /clear begins anew. Lines are edited "
             "with the usual keys, the arrows bring back earlier ones. Where stdin is no terminal, "
             "each line of it is a question.",
         .words = "MODEL",
         .options = chat_options,
         .option_count = CHAT_OPTIONS,
         .parent = &cli_program,
         .run = cmd_chat},
    [CONVERT_COMMAND] =
        {.name = "convert",
         .summary = "write a model as another kind of file",
         .text =
             "Copies the model IN to OUT: a model directory, a .safetensors, a .gguf or a PyTorch "
             ".pt, in any direction. What IN is, its content says; what OUT shall be, its name: "
             "one that ends in none of the three is a directory.\n"
             "Every tensor, the configuration and the card come along and no number is changed, so "
             "that converting back gives the same files. IN is compared with its checksums first.",
         .words = "IN OUT",
         .options = convert_options,
         .option_count = COUNT(convert_options),
         .parent = &cli_program,
         .run = cmd_convert},
    [CPU_COMMAND] =
        {.name = "cpu",
         .summary = "what was detected of the processor, and what is used",
         .text = "Shows the features that the processor has and the operating system supports, the "
                 "levels of kernels with what they need, the level that is used, the number of "
                 "threads and the memory.",
         .options = cpu_options,
         .option_count = COUNT(cpu_options),
         .parent = &cli_program,
         .run = cmd_cpu},
    [DATA_COMMAND] = {.name = "data",
                      .summary = "prepare text to train on",
                      .text = "Looks through, mixes, counts, splits and fetches text.",
                      .options = help_only,
                      .option_count = COUNT(help_only),
                      .commands = data_commands,
                      .command_count = DATA_COMMANDS,
                      .parent = &cli_program},
    [DOCTOR_COMMAND] =
        {.name = "doctor",
         .summary = "whether a server does what its clients need",
         .text =
             "Sends to the server at URL (http://127.0.0.1:8880, or unix:PATH) what each client "
             "sends that people use: Continue, llama.vim, the OpenAI SDKs, LangChain, LlamaIndex, "
             "the AI SDK, Ollama's clients and lm-eval. Says of each what works, what does not, "
             "and what to do. Any server may be asked, not only this one. The exit code is 1 "
             "where something that a client needs fails.",
         .words = "[URL]",
         .options = doctor_options,
         .option_count = DOCTOR_OPTIONS,
         .parent = &cli_program,
         .run = cmd_doctor},
    [EVAL_COMMAND] = {.name = "eval",
                      .summary = "what a model predicts",
                      .text = "Evaluates models: on files, on tasks.",
                      .options = help_only,
                      .option_count = COUNT(help_only),
                      .commands = eval_commands,
                      .command_count = EVAL_COMMANDS,
                      .parent = &cli_program},
    [EXPORT_COMMAND] =
        {.name = "export",
         .summary = "what llama.cpp and Ollama can run of a model",
         .text =
             "Writes the fine exit of MODEL, the stack that works on single bytes and was trained "
             "to predict by itself as well, as a GGUF file of the architecture llama, with a "
             "Modelfile for 'ollama create' and a card. It is about a third of the model and not "
             "as good: --eval says how good the model and the file are.\n"
             "Types are those of llama.cpp's own quantiser: rows that are no whole number of its "
             "blocks get other types with more bits, as the table shows.",
         .words = "MODEL",
         .options = export_options,
         .option_count = COUNT(export_options),
         .parent = &cli_program,
         .run = cmd_export},
    [GENERATE_COMMAND] =
        {.name = "generate",
         .summary = "go on with a text",
         .text =
             "Goes on with the prompt, with the bytes of --file, or with what comes on stdin, as "
             "the model directory MODEL thinks that it goes on, and prints the bytes as they come. "
             "Any bytes may be a prompt; a text that is longer than the context slides through "
             "it.\n"
             "What is not said is as in the model's generation_config.json. Bytes are chosen in "
             "this order: penalties, top-k, top-p, min-p, temperature. The same seed gives the "
             "same text with any number of threads, with and without drafts.\n"
             "With --suffix, models that were trained for it fill in what is missing between the "
             "prompt and the suffix.",
         .words = "MODEL",
         .options = generate_options,
         .option_count = GENERATE_OPTIONS,
         .parent = &cli_program,
         .run = cmd_generate},
    [HELP_COMMAND] = {.name = "help",
                      .summary = "explain a command",
                      .text = "Explains the program or one of its commands.",
                      .words = "[COMMAND]",
                      .options = help_options,
                      .option_count = COUNT(help_options),
                      .parent = &cli_program,
                      .run = cmd_help},
    [INSPECT_COMMAND] =
        {.name = "inspect",
         .summary = "what is in a file of a model",
         .text = "Shows the tables of PATH: a .safetensors, a .gguf of any architecture, a PyTorch "
                 ".pt, "
                 "a model directory or a checkpoint: its metadata, and of every tensor name, type, "
                 "shape, size and place. Nothing in a file is run, and what could command a "
                 "terminal is "
                 "shown as \\x1b and the like. A broken file ends with its name, the byte and the "
                 "reason, and exit code 2.",
         .words = "PATH",
         .options = inspect_options,
         .option_count = COUNT(inspect_options),
         .parent = &cli_program,
         .run = cmd_inspect},
    [LR_FIND_COMMAND] =
        {.name = "lr-find",
         .summary = "which learning rate suits a model and its text",
         .text =
             "Trains a few hundred steps on the text while the rate rises from far too small to "
             "far too large, and prints the loss at each rate. Proposes a fifth of the rate at "
             "which the smoothed loss is lowest: there it still falls fast. It ends early when the "
             "loss has risen. Nothing is written.",
         .words = "[PATH]...",
         .options = lr_find_options,
         .option_count = COUNT(lr_find_options),
         .parent = &cli_program,
         .run = cmd_lr_find},
    [MODELS_COMMAND] =
        {.name = "models",
         .summary = "the models of the family, their shapes and costs",
         .text =
             "Lists the presets, the smallest first, or shows the one called NAME; capitals and a "
             "leading 'axl-' do not matter. Memory is for training in f32 with the preset's "
             "optimizer, and for generating. Operations count what the mathematics needs: 2 for a "
             "multiply-add, and of attention the visible pairs only.",
         .words = "[NAME]",
         .options = models_options,
         .option_count = COUNT(models_options),
         .parent = &cli_program,
         .run = cmd_models},
    [QUANTIZE_COMMAND] =
        {.name = "quantize",
         .summary = "a model in fewer bits, and what that costs",
         .text =
             "Writes MODEL, a directory or file of f32, bf16 or f16, to the GGUF file OUT with "
             "its matrices in blocks of few bits, which decoding reads as they are. Vectors and "
             "the gate stay f32, the embedding takes q8_0; rows that are no whole number of "
             "blocks are padded, or take the next larger type where that is shorter.\n"
             "Bits a weight count everything in the file. With --eval the model is scored on a "
             "text before and after: choose one that it was not trained on. With --calibrate it "
             "reads 32 KiB of a text first, and errors are moved to where activations are small.",
         .words = "MODEL OUT",
         .options = quantize_options,
         .option_count = COUNT(quantize_options),
         .parent = &cli_program,
         .run = cmd_quantize},
    [SERVE_COMMAND] =
        {.name = "serve",
         .summary = "answer editors and programs over HTTP",
         .text =
             "Serves the models MODEL... (a directory, .safetensors, .gguf or .pt each) in the "
             "dialects of OpenAI, llama.cpp and Ollama, with a page at /. A model is loaded when "
             "the first request names it; a request that names none means the first one.\n"
             "Only this machine can ask, unless --host says otherwise, which needs a key: from "
             "--api-key-file or $AXL_API_KEY. Names that others make point here, pages of other "
             "sites and forms are refused.\n"
             "Ctrl-C or SIGTERM lets what runs go on for 10 seconds, a second one ends at once.",
         .words = "MODEL...",
         .options = serve_options,
         .option_count = SERVE_OPTIONS,
         .parent = &cli_program,
         .run = cmd_serve},
    [SUGGEST_COMMAND] =
        {.name = "suggest",
         .summary = "which model suits this machine and the time",
         .text =
             "Measures the f32 peak of this machine for about a second and estimates, from the "
             "operations a byte, how much text each preset would see in the time, and which fit "
             "the memory. Then proposes the size whose text is in balance: about 20 bytes for "
             "each parameter that a byte goes through. A larger one sees too little text, a "
             "smaller one learns too little from it.",
         .options = suggest_options,
         .option_count = COUNT(suggest_options),
         .parent = &cli_program,
         .run = cmd_suggest},
    [TRAIN_COMMAND] =
        {.name = "train",
         .summary = "make a model from files of text",
         .text =
             "Trains a model of a preset on files, folders and patterns of text. Whole units of "
             "the "
             "text are held out to see how good it is. The folder --out is a model directory from "
             "the first checkpoint on, with the log and the checkpoints in it.\n"
             "One of --minutes, --steps and --bytes says how long. --preset auto measures how fast "
             "this machine trains and chooses the size for that length; --dry-run prints what the "
             "run would take. Ctrl-C finishes the step and "
             "saves; the same command with --resume goes on.\n"
             "--set changes any setting or field of the model; --config reads them from a YAML "
             "file.",
         .words = "[PATH]...",
         .options = train_options,
         .option_count = COUNT(train_options),
         .parent = &cli_program,
         .run = cmd_train},
    [VERSION_COMMAND] = {.name = "version",
                         .summary = "print the version",
                         .text = "Prints the version of the program.",
                         .options = help_only,
                         .option_count = COUNT(help_only),
                         .parent = &cli_program,
                         .run = cmd_version},
};

static const option program_options[] = {
    HELP, {"version", 0, OPTION_FLAG, NULL, "print the version and exit", FIELD(version), 0}};

const command cli_program = {
    .name = "axl",
    .summary = "byte-level transformers on the processor you have",
    .text =
        "AXL trains, evaluates, quantises and serves multi-scale byte-level transformers on an "
        "ordinary processor.",
    .options = program_options,
    .option_count = COUNT(program_options),
    .commands = program_commands,
    .command_count = PROGRAM_COMMANDS,
    .run = cmd_program,
};

const command *cli_command_find(const command *parent, const char *name) {
    for (size_t i = 0; i < parent->command_count; i++)
        if (strcmp(parent->commands[i].name, name) == 0) return &parent->commands[i];
    return NULL;
}

const char *cli_command_path(char out[CLI_PATH_MAX], const command *c) {
    if (c->parent) {
        cli_command_path(out, c->parent);
        size_t used = strlen(out);
        snprintf(out + used, CLI_PATH_MAX - used, " %s", c->name);
    } else {
        snprintf(out, CLI_PATH_MAX, "%s", c->name);
    }
    return out;
}
