// Training pairs for tasks, made of Python source.
//
// What is asked and what is right are both made of real code: something is cut out of it, put into
// it, or it is run. docs/guide/tasks.md has the form of each task's pairs.
#ifndef AXL_DATA_MAKE_H
#define AXL_DATA_MAKE_H

#include <axl/data.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct axl_data_make_options {
    axl_data_source
        source;       // Python: files that end in .py, and lines of JSONL; max_bytes 0: 100 KiB
    const char *task; // a name, or "all"
    const char *out;  // a folder, which gets TASK/train.jsonl, held.jsonl and manifest.json
    bool force;       // replace those that are there
    double held;      // share of the projects, by chance, up to 0.5; 0: 0.1
    uint64_t seed;
    uint64_t limit; // pairs of each task in each of the two files; 0: all there are
    size_t context; // symbols that a pair must fit into, 128 at least; 0: 1024
} axl_data_make_options;

// One of the two files of a task.
typedef struct axl_data_made_set {
    uint64_t pairs, bytes; // bytes: of prompts and completions
    char sha256[65];
} axl_data_made_set;

#define AXL_DATA_MADE_MAX 16
typedef struct axl_data_made {
    const char *task, *about; // constants
    char missing[256];        // why none were made; empty: they were
    axl_data_made_set train, held;
    uint64_t too_long; // functions and pairs that do not fit into the context
    uint64_t copies;   // the same as an earlier pair
    uint64_t shared;   // for training, of code that is also in the held-out projects
} axl_data_made;

typedef struct axl_data_make_result {
    axl_data_made tasks[AXL_DATA_MADE_MAX];
    size_t task_count;
    uint64_t train_files, held_files, train_projects, held_projects;
    axl_data_reason reasons[AXL_DATA_REASONS_MAX]; // of files
    size_t reason_count;
    double seconds;
} axl_data_make_result;

// How many tasks there are, and the name of each.
AXL_API size_t axl_data_make_count(void);
AXL_API const char *axl_data_make_task(size_t index);

// Projects are divided first, then pairs are made; training files that are near copies of held-out
// ones are left out. Lines have prompt and completion, which training reads, and task, kind,
// project, path, line and sha256, of the source file. The same source, seed and options give the
// same bytes at any number of threads. AXL_UNSUPPORTED where the build cannot parse Python, or one
// task was asked for that runs code and there is no sandbox; "all" leaves those out, and says why.
// AXL_BAD_FILE where there is one project only. Memory: about 700 bytes a file, and the files of
// one round. Where code is run, progress is asked while it runs, by one thread at a time, which may
// be another than the caller's. result and err may be NULL.
AXL_API axl_status axl_data_make(const axl_data_make_options *options, axl_data_make_result *result,
                                 axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
