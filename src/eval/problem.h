// The problems of benchmarks: programs of which something is to be written, and how it is judged.
//
//   humaneval  a function's head and docstring; its body is to be written
//   mbpp       a task in a sentence and its three tests; the program is to be written
//   infill     HumanEval's solutions with a hole: a line (single-line) or any span (random, light)
//
// The files are those that were published, as they are or unpacked: data may be a file, a folder of
// files, or one with a folder a benchmark. They are not trusted more than any other file.
#ifndef EVAL_PROBLEM_H
#define EVAL_PROBLEM_H

#include "infer/stop.h"
#include "sandbox/judge.h"

typedef enum problem_benchmark {
    PROBLEM_HUMANEVAL,
    PROBLEM_MBPP,
    PROBLEM_SINGLE_LINE,
    PROBLEM_RANDOM_SPAN,
    PROBLEM_LIGHT_SPAN,
    PROBLEM_BENCHMARKS
} problem_benchmark;

// Texts of a problem; none is NULL. The program is head, what was written, tail.
typedef enum problem_part {
    PROBLEM_ID,
    PROBLEM_PROMPT, // what the model reads; where a hole is filled, what is in front of it
    PROBLEM_SUFFIX, // behind the hole
    PROBLEM_HEAD,
    PROBLEM_TAIL,
    PROBLEM_SOLUTION, // what the benchmark itself has in this place
    PROBLEM_CHECK,    // these as in judge_case
    PROBLEM_PRELUDE,
    PROBLEM_ENTRY,
    PROBLEM_NAMES, // functions that the solution defines, where there is no entry
    PROBLEM_PARTS
} problem_part;

typedef struct problem {
    char *part[PROBLEM_PARTS]; // owned
} problem;

typedef struct problem_set {
    problem_benchmark benchmark;
    problem *list; // [count], owned
    size_t count;
    const stop_string *stop; // [stop_count], constants: where an answer ends
    size_t stop_count;
} problem_set;

typedef struct problem_source {
    problem_benchmark benchmark;
    const char *data; // a path
    size_t shots;     // of MBPP: solved tasks in front of the prompt, at most 3
    bool all;         // of MBPP: not only its test split, 11 to 510, but no task that is shown
    size_t limit;     // only so many problems, evenly spread; 0: all
} problem_source;

// {0} is empty. AXL_NOT_FOUND where there is no such file, AXL_BAD_FILE with the line where it is
// no such benchmark.
axl_status problem_set_read(problem_set *out, const problem_source *from, axl_error *err);
void problem_set_free(problem_set *s); // leaves {0}

// Whether answers fill a hole.
static inline bool problem_infills(problem_benchmark b) {
    return b >= PROBLEM_SINGLE_LINE;
}

// ---- between the files of problem ----

#define PROBLEM_TEXT_MAX ((size_t)64 << 20)

// The same from the text of the file; what is wrong names a line or a problem.
axl_status problem_set_parse(problem_set *out, const problem_source *from, const buf *text,
                             axl_error *err);

// Reads a file whole, unpacked where it is gzip.
axl_status problem_file_read(buf *out, const char *path, axl_error *err);

#endif
