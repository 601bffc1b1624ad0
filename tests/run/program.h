// The whole program in a test: axl train over a small text with a tiny model, started, awaited,
// interrupted, and what it leaves behind compared. Everything here fails the cmocka test when it
// cannot work.
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "os/scratch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROGRAM_WORDS 64

// A folder with text to train on; runs lie beside it.
typedef struct program_case {
    scratch box;
    char text[SCRATCH_PATH_MAX + 64];
    char said[SCRATCH_PATH_MAX + 64];    // what the last program wrote to standard error,
    char printed[SCRATCH_PATH_MAX + 64]; // and to standard output
} program_case;

void program_case_make(program_case *c);
void program_case_free(const program_case *c);

// A command line. The words are borrowed.
typedef struct program {
    const program_case *c;
    const char *word[PROGRAM_WORDS + 1]; // [words], then NULL
    size_t words;
} program;

void program_add(program *p, const char *word);
void program_set(program *p, const char *setting); // --set SETTING

// axl train --data TEXT --out OUT with a tiny model and one thread; no length is given.
program program_train(const program_case *c, const char *out);

typedef struct program_end {
    int code;          // exit code; 128 + signal where one ended it
    bool signaled;     // that is so
    uint64_t resident; // most bytes of memory it had
} program_end;

program_end program_run(const program *p);
pid_t program_start(const program *p);
program_end program_wait(pid_t child);

// Replaces this process by the program; what it says is kept as with the others.
void program_become(const program *p);

// What the last program said and printed, up to 64 KiB, in one static buffer for both; and the
// lines it said that contain the text.
const char *program_said(const program_case *c);
const char *program_printed(const program_case *c);
size_t program_said_lines(const program_case *c, const char *text);

// Runs it, and fails with all that it said unless the exit code is this one.
program_end program_expect(const program *p, int code);

// The step of OUT's newest checkpoint, all of which is read to make sure; -1: there is none.
int64_t program_checkpoint(const char *out);

// Fails unless both runs have the same model, bit for bit, and logged the same figures at the same
// steps, times and what follows from times aside.
void program_same_model(const char *a, const char *b);
void program_same_log(const char *a, const char *b);

// Temporary files in OUT and the folders in it.
size_t program_litter(const char *out);

#endif
