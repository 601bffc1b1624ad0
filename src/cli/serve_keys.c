#include "cli/serve_keys.h"

#include "cli/cli_output.h"

#include <axl/status.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *path, const char *name, axl_status status, const char *what) {
    cli_complain("%s: %s: %s", path, name, what);
    return axl_status_exit_code(status);
}

static bool add(serve_keys *out, const char *key) {
    if (out->count == SERVE_KEYS_MAX) return false;
    out->list[out->count++] = key;
    return true;
}

// The lines of out->text, which are cut apart.
static bool split(serve_keys *out) {
    for (char *line = strtok(out->text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        line += strspn(line, " \t");
        size_t size = strlen(line);
        while (size > 0 && strchr(" \t", line[size - 1])) line[--size] = '\0';
        if (size > 0 && line[0] != '#' && !add(out, line)) return false;
    }
    return true;
}

static int read_file(serve_keys *out, const char *path, const char *name) {
    errno = 0;
    FILE *f = fopen(name, "rb");
    if (!f) return complain(path, name, AXL_NOT_FOUND, strerror(errno));
    const size_t size = fread(out->text, 1, sizeof out->text - 1, f);
    const bool failed = ferror(f) != 0, whole = feof(f) != 0;
    fclose(f);
    if (failed) return complain(path, name, AXL_IO, strerror(errno));
    out->text[size] = '\0';
    if (strlen(out->text) != size) return complain(path, name, AXL_BAD_FILE, "it is no text");
    if (!whole || !split(out)) return complain(path, name, AXL_TOO_LARGE, "too many keys");
    if (out->count == 0) return complain(path, name, AXL_BAD_FILE, "there is no key in it");
    return 0;
}

int serve_keys_read(serve_keys *out, const char *path, const arguments *args) {
    const serve_arguments *o = &args->serve;
    const char *variable = getenv("AXL_API_KEY");
    const bool said = o->key_file || o->keys.count > 0;
    if (o->key_file) {
        const int code = read_file(out, path, o->key_file);
        if (code) return code;
    }
    for (size_t i = 0; i < o->keys.count; i++)
        if (!add(out, o->keys.item[i]))
            return complain(path, "--api-key", AXL_TOO_LARGE, "too many keys");
    if (!said && variable && *variable) add(out, variable);
    return 0;
}
