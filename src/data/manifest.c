// What a corpus is made of, as text: one line for the settings, one for each set and each group
// with a weight, then units and held-out files in their order. Control characters in names become
// question marks. Only the lines of sets and groups decide what a run sees: paths may be called
// otherwise, from another folder or on another machine.
#include "base/decimal.h"
#include "base/error.h"
#include "base/strings.h"
#include "data/corpus_parts.h"

#include <stdlib.h>
#include <string.h>

static void put_name(buf *out, const char *name, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        const unsigned char c = (unsigned char)name[i];
        buf_byte(out, c < 0x20 || c == 0x7F ? '?' : c);
    }
    buf_byte(out, '\n');
}

static void put_set(buf *out, const char *name, const corpus_count *n) {
    char hash[DIGEST_TEXT];
    digest_text(hash, n->hash);
    buf_format(out, "set %s units=%llu files=%llu documents=%llu bytes=%llu murmur3-128=%s\n", name,
               (unsigned long long)n->units, (unsigned long long)n->files,
               (unsigned long long)n->documents, (unsigned long long)n->bytes, hash);
}

static void put_unit(buf *out, const corpus *c, const data_unit *u) {
    static const char *const names[] = {"none", "train", "held-out", "train+tail"};
    buf_format(out, "unit %s files=%lu documents=%lu bytes=%llu ", names[u->sets],
               (unsigned long)u->files, (unsigned long)u->documents, (unsigned long long)u->bytes);
    put_name(out, c->names.data + u->name, u->length);
}

static void put_held_files(buf *out, const corpus *c) {
    for (size_t i = 0; i < c->held.count;) {
        const uint32_t file = c->document[c->held.document[i]].file;
        size_t documents = 0;
        uint64_t bytes = 0;
        for (; i < c->held.count && c->document[c->held.document[i]].file == file; i++) {
            documents++;
            bytes += c->document[c->held.document[i]].bytes;
        }
        const char *name = corpus_file_name(c, &c->file[file]);
        buf_format(out, "held-out documents=%zu bytes=%llu ", documents, (unsigned long long)bytes);
        put_name(out, name, strlen(name));
    }
}

bool corpus_manifest(const corpus *c, buf *out) {
    const corpus_summary *s = &c->summary;
    buf_format(out, "axl-data 1 seed=%llu split=%s fraction=%.6f groups=%zu\n",
               (unsigned long long)c->seed,
               s->held_by_path ? "by-path"
               : s->tail       ? "tail"
                               : "by-unit",
               c->held_fraction, s->groups);
    put_set(out, "train", &s->set[CORPUS_TRAIN]);
    put_set(out, "held-out", &s->set[CORPUS_HELD]);
    for (size_t g = 0; g < s->groups && s->groups > 1; g++) {
        buf_format(out, "group %zu documents=%zu weight=", g, c->train[g].count);
        decimal_put(out, c->weight[g]);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < c->units; i++) put_unit(out, c, &c->unit[i]);
    put_held_files(out, c);
    return buf_ok(out);
}

// ---- comparing ----

// The next line from *at on that begins with "set " or "group ", without its newline; NULL: none.
static const char *next_line(const char **at, size_t *length) {
    while (**at) {
        const char *line = *at;
        *length = strcspn(line, "\n");
        *at = line + *length + (line[*length] == '\n');
        if (string_starts(line, "set ") || string_starts(line, "group ")) return line;
    }
    return NULL;
}

// The number behind NAME= in a line; 0 where it is missing.
static unsigned long long number(const char *line, size_t length, const char *name) {
    const char *at = strstr(line, name);
    return at && at < line + length ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static axl_status differs(const char *was, size_t was_length, const char *is, size_t is_length,
                          axl_error *err) {
    static const char documents[] = " documents=", bytes[] = " bytes=";
    const char *what = string_starts(was, "set train") ? "training" : "held-out";
    const unsigned long long before[2] = {number(was, was_length, documents),
                                          number(was, was_length, bytes)};
    const unsigned long long now[2] = {number(is, is_length, documents),
                                       number(is, is_length, bytes)};
    RETURN_IF(!string_starts(was, "set "), err, AXL_BAD_FILE,
              "the data have changed since the run began: paths and weights are not the same");
    RETURN_IF(memcmp(before, now, sizeof now) == 0, err, AXL_BAD_FILE,
              "the data have changed since the run began: the %s text has as many bytes as then, "
              "but others",
              what);
    return error_set(err, AXL_BAD_FILE,
                     "the data have changed since the run began: %llu bytes of %s text in %llu "
                     "documents then, %llu in %llu now",
                     before[1], what, before[0], now[1], now[0]);
}

axl_status corpus_manifest_compare(const char *was, const char *is, axl_error *err) {
    RETURN_IF(!string_starts(was, "axl-data 1 "), err, AXL_BAD_FILE,
              "the record of the data is not one of this version");
    for (;;) {
        size_t a_length = 0, b_length = 0;
        const char *a = next_line(&was, &a_length), *b = next_line(&is, &b_length);
        if (!a && !b) return AXL_OK;
        if (!a || !b) a = b = "";
        if (!*a || a_length != b_length || memcmp(a, b, a_length) != 0)
            return differs(a, a_length, b, b_length, err);
    }
}
