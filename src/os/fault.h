// Failure injection for tests: a hook that is asked before each fallible system call of os/. Never
// set in the product.
#ifndef OS_FAULT_H
#define OS_FAULT_H

#include <stddef.h>

typedef enum os_call {
    OS_CALL_OPEN,
    OS_CALL_STAT,
    OS_CALL_LOCK,
    OS_CALL_MODE,
    OS_CALL_RESERVE,
    OS_CALL_READ,
    OS_CALL_WRITE,
    OS_CALL_SYNC,
    OS_CALL_RENAME,
    OS_CALL_SYNC_FOLDER,
    OS_CALL_MAKE, // a folder
    OS_CALL_LINK,
    OS_CALL_REMOVE, // of what nobody needs any more
    OS_CALL_LIST,
    OS_CALL_SPACE,
    OS_CALL_MAP,
    OS_CALL_THREAD,
    OS_CALL_MUTEX,
    OS_CALL_COND,
    OS_CALL_SOCKET, // making one, and what it is, but not its traffic
    OS_CALL_ACCEPT,
    OS_CALL_SEND,
    OS_CALL_RECV,
    OS_CALL_EVENTS, // watching sockets and waiting for them
    OS_CALL_COUNT,
} os_call;

// What before() may return besides 0 (go on) and an errno value (fail with it without doing the
// call).
#define OS_FAULT_SHORT (-1) // reads and writes: move one byte only

typedef struct os_fault {
    int (*before)(void *ctx, os_call call);
    void *ctx;
} os_fault;

// Sets the hook of the whole process (NULL: none). *fault must live until it is unset; the hook may
// be called from several threads.
void os_fault_set(const os_fault *fault);

// For os/ itself: the errno value to fail with, 0 to go on. The second is for calls that move
// *bytes, which it lowers to 1 when the hook asks for a short transfer.
int os_fault_check(os_call call);
int os_fault_transfer(os_call call, size_t *bytes);

#endif
