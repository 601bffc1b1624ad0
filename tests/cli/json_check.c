// json_check [PATH...] <document: fails unless stdin is one valid JSON document (RFC 8259) that has
// a value at every PATH, such as rows.0.gflops. Says on stderr what is wrong.
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PATHS_MAX 64
#define DEPTH_MAX 64

static char text[4 << 20];
static const char *at = text;
static char here[1024]; // path of the value that is being read
static char **wanted;
static int wanted_count;
static bool found[PATHS_MAX];

static bool value(int depth);

static void space(void) {
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') at++;
}

static bool take(const char *word) {
    size_t length = strlen(word);
    if (strncmp(at, word, length) != 0) return false;
    at += length;
    return true;
}

// A string; its bytes as written go to key where that is not NULL.
static bool string(char *key, size_t size) {
    if (!take("\"")) return false;
    const char *start = at;
    while (*at != '"') {
        if ((unsigned char)*at < ' ') return false;
        if (*at++ != '\\') continue;
        if (*at == 'u') {
            for (int i = 1; i <= 4; i++)
                if (!isxdigit((unsigned char)at[i])) return false;
            at += 5;
        } else if (*at && strchr("\"\\/bfnrt", *at)) {
            at++;
        } else {
            return false;
        }
    }
    if (key) snprintf(key, size, "%.*s", (int)(at - start), start);
    at++;
    return true;
}

static bool digits(void) {
    if (!isdigit((unsigned char)*at)) return false;
    while (isdigit((unsigned char)*at)) at++;
    return true;
}

static bool number(void) {
    take("-");
    if (!take("0") && !digits()) return false;
    if (take(".") && !digits()) return false;
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        return digits();
    }
    return true;
}

static bool members(char close, int depth) {
    size_t length = strlen(here);
    char ending[2] = {close, 0}, key[256];
    space();
    if (take(ending)) return true;
    for (int i = 0;; i++) {
        space();
        snprintf(key, sizeof key, "%d", i);
        if (close == '}') {
            if (!string(key, sizeof key)) return false;
            space();
            if (!take(":")) return false;
        }
        snprintf(here + length, sizeof here - length, "%s%s", length ? "." : "", key);
        if (!value(depth + 1)) return false;
        here[length] = '\0';
        space();
        if (take(ending)) return true;
        if (!take(",")) return false;
    }
}

static bool value(int depth) {
    if (depth > DEPTH_MAX) return false;
    for (int i = 0; i < wanted_count; i++)
        if (strcmp(wanted[i], here) == 0) found[i] = true;
    space();
    if (take("{")) return members('}', depth);
    if (take("[")) return members(']', depth);
    if (*at == '"') return string(NULL, 0);
    return take("true") || take("false") || take("null") || number();
}

int main(int argc, char **argv) {
    size_t size = fread(text, 1, sizeof text - 1, stdin);
    wanted = argv + 1;
    wanted_count = argc - 1 < PATHS_MAX ? argc - 1 : PATHS_MAX;
    bool ok = value(0);
    space();
    if (!ok || at != text + size) {
        fprintf(stderr, "json_check: wrong at byte %zu, at '%s'\n", (size_t)(at - text), here);
        return 1;
    }
    for (int i = 0; i < wanted_count; i++) {
        if (found[i]) continue;
        fprintf(stderr, "json_check: nothing at %s\n", wanted[i]);
        ok = false;
    }
    return ok ? 0 : 1;
}
