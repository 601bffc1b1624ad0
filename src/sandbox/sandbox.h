// Running Python programs that nobody has read: those that a model wrote.
//
// A program runs under bubblewrap in namespaces of its own, sees the interpreter and its libraries
// and no other file, cannot write anywhere, reach a network or any process that was there before,
// has a list of system calls it may make, and limits. Before it gets there the kernel is asked
// whether all of that stands (os/confinement.h); where one layer is missing nothing runs. When a
// call returns, nothing of its program is left: no process, no file, no mount.
//
// What this does not keep away: a fault of the kernel itself, and what a program can learn from the
// interpreter and the libraries that it may read. Memory is limited for each process, not for all
// of a sandbox together.
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/buf.h"
#include "os/child.h"
#include <axl/status.h>

#define SANDBOX_BUBBLEWRAP "/usr/bin/bwrap"
#define SANDBOX_PYTHON "/usr/bin/python3"

typedef struct sandbox sandbox;

// Borrowed for as long as the sandbox is open. NULL: the paths above; nobody asks to stop.
typedef struct sandbox_options {
    const char *bubblewrap, *python;
    os_child_stop *stop; // asked from the threads that run programs
    void *stop_ctx;
} sandbox_options;

typedef struct sandbox_limits {
    uint64_t cpu_seconds;  // of each process
    uint64_t wall_seconds; // of the whole
    uint64_t memory;       // bytes of address space of each process
    uint64_t processes;    // threads counted
    size_t output;         // bytes of each of the two outputs
} sandbox_limits;

// 5 s of processor time, 20 s, 256 MiB, 16 processes, 1 MiB.
extern const sandbox_limits sandbox_usual;

// Finds the interpreter's files and runs an empty program, so that what is missing shows here.
// AXL_UNSUPPORTED names the layer. It may be used by several threads at once.
axl_status sandbox_open(sandbox **out, const sandbox_options *o, axl_error *err);
void sandbox_close(sandbox *s); // NULL is fine

typedef enum sandbox_end {
    SANDBOX_ENDED, // by itself, or by a signal
    SANDBOX_LATE,  // its time was over
    SANDBOX_FULL   // it wrote too much
} sandbox_end;

// {0} is empty.
typedef struct sandbox_result {
    sandbox_end end;
    int code;     // of its end: the program chooses it, so it proves nothing
    buf out, err; // what it wrote, cut at the limit; owned
} sandbox_result;

// Runs the program as __main__, with nothing to read. A program that fails is no failure of this
// call. On failure *r is empty.
axl_status sandbox_run(const sandbox *s, const char *program, const sandbox_limits *l,
                       sandbox_result *r, axl_error *err);
void sandbox_result_free(sandbox_result *r); // leaves {0}

#endif
