// Whether a program passes a check, decided where the program cannot reach.
//
// The program runs in one interpreter, the check in another, which never runs a line of the
// program: it asks for names, calls and attributes over a pipe, and gets data of Python's own types
// back. The verdict leaves the sandbox on a descriptor that the program does not have, with a
// secret that it was never told. So a program can answer what it likes, but only answers that the
// check accepts make it pass.
//
// What follows from the two interpreters: an argument is a copy, so a program that changes it in
// place does not change the check's; an object of the program's own classes is equal to itself
// only; and a check cannot hand functions over. All reference solutions of the benchmarks pass so.
#ifndef SANDBOX_JUDGE_H
#define SANDBOX_JUDGE_H

#include "sandbox/sandbox.h"

typedef enum judge_verdict {
    JUDGE_PASSED,
    JUDGE_WRONG,  // an assertion does not hold
    JUDGE_RAISED, // an error in the program, or in the check because of its answer
    JUDGE_LATE,   // the time was over
    JUDGE_ENDED,  // it ended, or broke off the conversation
    JUDGE_VERDICTS
} judge_verdict;

// Texts, borrowed; none is NULL. With an entry the check defines check(candidate), which is called
// with what the program defines as entry, and prelude has helpers that the check may use; without
// one ("") the check is statements that use the program's names, and names has those of them,
// blanks between, that the program must define even if Python has one of the same name.
typedef struct judge_case {
    const char *program;
    size_t program_size;
    const char *check, *prelude, *entry, *names;
} judge_case;

typedef struct judge_result {
    judge_verdict verdict;
    char text[208]; // the error's name, in printable ASCII; may be empty
} judge_result;

axl_status judge_run(const sandbox *s, const judge_case *c, const sandbox_limits *l,
                     judge_result *out, axl_error *err);

// "passed", "wrong", "raised", "late", "ended".
const char *judge_verdict_name(judge_verdict v);

#endif
