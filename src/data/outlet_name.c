// Names of files for documents, out of names that nobody has checked.
#include "data/outlet.h"

#include "base/strings.h"
#include "base/utf8.h"

#include <string.h>

#define PART_MAX ((size_t)120) // bytes of a name between slashes
#define PARTS_MAX 24           // folders inside each other; the rest of a path is dropped

// Bytes that systems or people take for something else than a letter of a name.
static bool is_harmless(unsigned char c) {
    return c >= 0x20 && c != 0x7F && !strchr("\\:*?\"<>|", c);
}

// Appends a part of a path without what it must not have.
static void put_part(buf *to, const char *part, size_t length) {
    const size_t size = utf8_cut(part, length, length < PART_MAX ? length : PART_MAX);
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)part[i];
        // A name that begins with a dot is hidden, or ".." or ".gitignore".
        const bool fine = is_harmless(c) && !(i == 0 && c == '.');
        buf_byte(to, fine ? c : '_');
    }
}

// Appends the parts of a path with slashes between them.
static void put_parts(buf *to, const char *path) {
    for (int parts = 0; *path && parts < PARTS_MAX;) {
        const size_t length = strcspn(path, "/");
        if (length > 0 && !(length == 1 && *path == '.')) {
            if (to->size > 0) buf_byte(to, '/');
            put_part(to, path, length);
            // "_" is the folder of the places of last resort, see outlet.c.
            if (to->size == 1 && to->data[0] == '_') buf_byte(to, '_');
            parts++;
        }
        path += length + (path[length] == '/');
    }
}

// Whether the path begins with the project: a file of a folder that was read.
static bool is_below(const char *path, const char *project) {
    const size_t length = strlen(project);
    return strncmp(path, project, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

// Takes an ending off the name that begins at `from`, which stays longer than nothing.
static bool take_off(buf *to, size_t from, const char *ending) {
    const size_t length = strlen(ending);
    if (to->size <= from + length || !string_ends(buf_string(to), ending)) return false;
    buf_truncate(to, to->size - length);
    return true;
}

// Whether the name is one that the folder itself needs.
static bool is_ours(const char *name) {
    return strcmp(name, "SHA256SUMS") == 0 || strcmp(name, "manifest.json") == 0;
}

bool outlet_name(buf *to, const record *r, uint64_t number) {
    buf_clear(to);
    if (!is_below(r->path, r->project)) put_parts(to, r->project);
    put_parts(to, r->path);
    if (to->size == 0 || is_ours(buf_string(to))) buf_text(to, "_document");
    size_t from = to->size;
    while (from > 0 && to->data[from - 1] != '/') from--;
    // The text is unpacked, and one document: readers go by the ending.
    take_off(to, from, ".gz");
    const bool lines = take_off(to, from, ".jsonl");
    if (lines && r->line > 0) buf_format(to, "-%llu", (unsigned long long)r->line);
    if (lines) buf_text(to, ".txt");
    if (number > 0) {
        const char *name = buf_string(to) + from, *dot = strrchr(name, '.');
        char ending[PART_MAX + 8];
        string_copy(ending, sizeof ending, dot && dot > name ? dot : "");
        buf_truncate(to, to->size - strlen(ending));
        buf_format(to, "~%llu%s", (unsigned long long)number, ending);
    }
    return buf_ok(to);
}
