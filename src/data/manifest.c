// What a corpus is made of, as text: one line for the settings, one for each set, then units and
// held-out files in their order. Control characters in names become question marks.
#include "data/corpus_parts.h"

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
    for (size_t i = 0; i < c->units; i++) put_unit(out, c, &c->unit[i]);
    put_held_files(out, c);
    return buf_ok(out);
}
