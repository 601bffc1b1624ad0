// Runs the target over files and over the files of folders, in the order of their names, so that
// every input ever found stays a regression test. Fails when there was nothing to run.
#include "fuzz_target.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static size_t inputs;

static int fail(const char *path) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
}

// The input sits in a block of its exact size, so that a sanitizer sees one byte too many.
static int replay_file(const char *path, size_t size) {
    FILE *file = fopen(path, "rb");
    if (!file) return fail(path);
    uint8_t *data = malloc(size);
    if (size > 0 && !data) {
        fclose(file);
        return fail(path);
    }
    const size_t got = size > 0 ? fread(data, 1, size, file) : 0;
    fclose(file);
    if (got == size) LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
    return got == size ? 0 : fail(path);
}

static int replay(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) return fail(path);
    if (!S_ISDIR(info.st_mode)) return replay_file(path, (size_t)info.st_size);
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) return fail(path);
    int bad = 0;
    for (int i = 0; i < count; i++) {
        char child[4096];
        const int length = snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);
        const int too_long = length < 0 || (size_t)length >= sizeof child;
        if (entries[i]->d_name[0] != '.') bad |= too_long ? 1 : replay(child);
        free(entries[i]);
    }
    free(entries);
    return bad;
}

int main(int argc, char **argv) {
    int bad = 0;
    for (int i = 1; i < argc; i++) bad |= replay(argv[i]);
    printf("%zu inputs replayed\n", inputs);
    return bad || inputs == 0;
}
