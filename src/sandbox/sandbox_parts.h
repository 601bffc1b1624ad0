// Inside of the sandbox. Only for src/sandbox.
#ifndef SANDBOX_SANDBOX_PARTS_H
#define SANDBOX_SANDBOX_PARTS_H

#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <stddef.h>

// The interpreter: its program, and what of the system it needs beside it.
typedef struct interpreter {
    char *words; // owned; the paths point into it
    const char *program;
    const char **paths; // [count], owned: files and folders, the program among them
    size_t count;
} interpreter;

// Asks the interpreter itself. AXL_UNSUPPORTED where there is none.
axl_status interpreter_find(interpreter *out, const sandbox_options *o, axl_error *err);
void interpreter_free(interpreter *i); // leaves {0}

struct sandbox {
    sandbox_options options;
    buf filter;
    interpreter python;
    const char **command; // owned, without the last word and NULL behind it
    size_t command_count;
};

// The first code in the sandbox: jail.py.
extern const unsigned char jail_program[];
extern const size_t jail_program_size;

// Sends a job, in the words of jail.py, once the sandbox is there and found complete; r gets what
// comes back, without "ready".
typedef struct jail_job {
    const char *text;
    size_t size;
    const sandbox_limits *limits;
} jail_job;
axl_status jail_run(const sandbox *s, const jail_job *job, sandbox_result *r, axl_error *err);

// What bubblewrap is to do: words that follow each other, NULL on failure.
axl_status jail_command(sandbox *s, axl_error *err);

// AXL_UNSUPPORTED with the first layer that is missing around the process.
axl_status jail_check(const sandbox_limits *l, pid_t pid, axl_error *err);

#endif
