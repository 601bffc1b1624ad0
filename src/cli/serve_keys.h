// Keys of axl serve and axl doctor: from options, from a file, or from the environment.
#ifndef CLI_SERVE_KEYS_H
#define CLI_SERVE_KEYS_H

#include "cli/cli_command.h"

#define SERVE_KEYS_MAX 256
#define SERVE_KEYS_BYTES 65536

// {0} is empty. Must stay where it is.
typedef struct serve_keys {
    const char *list[SERVE_KEYS_MAX]; // [count]
    size_t count;
    char text[SERVE_KEYS_BYTES]; // of the file
} serve_keys;

// Lines of a file that are empty or begin with '#' are no keys. The environment counts where no
// option says a key. 0, or the exit code after a complaint.
int serve_keys_read(serve_keys *out, const char *path, const arguments *args);

#endif
