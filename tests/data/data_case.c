#include "data/data_case.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

static scratch box;
buf data_left_out;
static char data_root[SCRATCH_PATH_MAX + 16], spool_root[SCRATCH_PATH_MAX + 16];
static buf text;

int data_box_make(void **state) {
    (void)state;
    scratch_make(&box);
    snprintf(data_root, sizeof data_root, "%s/data", box.folder);
    snprintf(spool_root, sizeof spool_root, "%s/spool", box.folder);
    assert_int_equal(mkdir(data_root, 0777), 0);
    assert_int_equal(mkdir(spool_root, 0777), 0);
    buf_clear(&data_left_out);
    return 0;
}

int data_box_remove(void **state) {
    (void)state;
    scratch_remove(&box);
    buf_free(&data_left_out);
    buf_free(&text);
    return 0;
}

const char *data_box_path(const char *name) {
    return scratch_path(&box, name);
}

void data_file_write(const char *name, const void *bytes, size_t count) {
    char path[SCRATCH_PATH_MAX + 256];
    snprintf(path, sizeof path, "%s/%s", data_root, name);
    for (char *slash = path + strlen(data_root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, 0777);
        *slash = '/';
    }
    scratch_write(path, bytes, count);
}

void data_file_text(const char *name, const char *content) {
    data_file_write(name, content, strlen(content));
}

void data_file_gzip(const char *name, const void *bytes, size_t count) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t room = deflateBound(&z, count) + 64;
    unsigned char *out = malloc(room);
    assert_non_null(out);
    z.next_in = (z_const Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)count;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    data_file_write(name, out, room - z.avail_out);
    deflateEnd(&z);
    free(out);
}

void data_file_words(const char *name, uint64_t seed, size_t lines) {
    buf b = {0};
    const rng key = rng_key(seed, 77);
    for (size_t i = 0; i < lines; i++) {
        for (uint64_t w = 0; w < 8; w++)
            buf_format(&b, "%llx ", (unsigned long long)rng_below(key, i * 8 + w, 1u << 20));
        buf_byte(&b, '\n');
    }
    data_file_write(name, b.data, b.size);
    buf_free(&b);
}

static void listen(void *ctx, const char *path, uint64_t line, corpus_reason reason) {
    (void)ctx;
    const size_t root = strlen(data_root);
    const char *below = strncmp(path, data_root, root) == 0 ? path + root + 1 : path;
    buf_format(&data_left_out, "%d %s:%llu\n", (int)reason, below, (unsigned long long)line);
}

corpus_spec data_spec(void) {
    static const char *const paths[] = {data_root};
    return (corpus_spec){
        .path = paths, .paths = 1, .seed = 1, .folder = spool_root, .listener = listen};
}

corpus *data_build(const corpus_spec *spec) {
    corpus *c = NULL;
    axl_error err = {0};
    buf_clear(&data_left_out);
    if (corpus_build(&c, spec, &err) != AXL_OK) fail_msg("%s", err.text);
    return c;
}

buf data_file_read(const char *path) {
    buf bytes = {0};
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s is not there", path);
    for (int c; (c = fgetc(file)) != EOF;) buf_byte(&bytes, (uint8_t)c);
    fclose(file);
    assert_true(buf_ok(&bytes));
    return bytes;
}

const char *data_text(const corpus *c, corpus_set set, size_t group) {
    const size_t count = (size_t)corpus_length(c, set, group);
    uint16_t *symbols = malloc((count + 1) * sizeof *symbols);
    assert_non_null(symbols);
    const corpus_range range = {set, group, 0, count};
    assert_int_equal(corpus_symbols(c, range, symbols, NULL), AXL_OK);
    buf_clear(&text);
    for (size_t i = 0; i < count; i++) {
        const uint16_t s = symbols[i];
        buf_byte(&text, s == CORPUS_BOS ? '<' : s == CORPUS_EOS ? '>' : (uint8_t)s);
    }
    free(symbols);
    return buf_string(&text);
}
