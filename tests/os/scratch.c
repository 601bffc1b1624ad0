#include "os/scratch.h"

#include "support/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void scratch_make(scratch *s) {
    const char *base = getenv("TMPDIR");
    snprintf(s->folder, sizeof s->folder, "%s/axl-test-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(s->folder));
}

static void remove_tree(const char *path) {
    DIR *entries = opendir(path);
    assert_non_null(entries);
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char child[SCRATCH_PATH_MAX + 256];
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        struct stat info;
        assert_int_equal(lstat(child, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            remove_tree(child);
        } else {
            assert_int_equal(unlink(child), 0);
        }
    }
    closedir(entries);
    assert_int_equal(rmdir(path), 0);
}

void scratch_remove(const scratch *s) {
    remove_tree(s->folder);
}

const char *scratch_path(const scratch *s, const char *name) {
    static char paths[4][SCRATCH_PATH_MAX + 64];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", s->folder, name);
    return path;
}

void scratch_write(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (bytes > 0) assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

void scratch_text(const char *path, const char *text) {
    scratch_write(path, text, strlen(text));
}

bool scratch_holds(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    char *found = malloc(bytes + 1);
    assert_non_null(found);
    const size_t got = fread(found, 1, bytes + 1, file);
    fclose(file);
    const bool same = got == bytes && memcmp(found, data, bytes) == 0;
    free(found);
    return same;
}

size_t scratch_count(const scratch *s, const char *prefix) {
    DIR *entries = opendir(s->folder);
    assert_non_null(entries);
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) count++;
    }
    closedir(entries);
    return count;
}

int scratch_free_descriptor(void) {
    const int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}
