#include "api/train_held.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "eval/eval_choice.h"

#include <math.h>

#define PIECE ((size_t)1024) // symbols

static axl_status read_text(void *ctx, uint64_t offset, void *to, size_t bytes, axl_error *err) {
    const held_place *p = ctx;
    uint8_t *out = to;
    uint16_t symbols[PIECE];
    for (size_t done = 0; done < bytes;) {
        const size_t part = size_min(PIECE, bytes - done);
        const corpus_range range = {
            .set = CORPUS_HELD, .start = p->start + offset + done, .count = part};
        FORWARD(corpus_symbols(p->corpus, range, symbols, err));
        for (size_t i = 0; i < part; i++) out[done + i] = (uint8_t)symbols[i];
        done += part;
    }
    return AXL_OK;
}

static axl_status take_memory(train_held *h, size_t documents, axl_error *err) {
    h->file = mem_zalloc_array(documents, sizeof *h->file);
    h->list = mem_zalloc_array(documents, sizeof *h->list);
    h->place = mem_zalloc_array(documents, sizeof *h->place);
    if (h->file && h->list && h->place) return AXL_OK;
    return error_no_memory(err, "the held-out files", documents * sizeof *h->file);
}

// All documents and their files. The documents of one file lie together, and its name is one
// pointer.
static void find(train_held *h, const corpus *c) {
    const size_t documents = corpus_documents(c, CORPUS_HELD, 0);
    h->one_each = true;
    for (size_t i = 0; i < documents; i++) {
        const corpus_document d = corpus_document_at(c, CORPUS_HELD, 0, i);
        const bool more = h->files > 0 && h->file[h->files - 1].path == d.path;
        if (!more)
            h->file[h->files++] = (train_file){
                .path = d.path, .bpb = (double)NAN, .gzip_bpb = (double)NAN, .xz_bpb = (double)NAN};
        h->one_each = h->one_each && !more;
        h->file[h->files - 1].bytes += d.bytes;
        h->bytes += d.bytes;
        h->counted += d.bytes - d.prompt;
        h->place[i] = (held_place){c, d.start + 1, h->files - 1}; // behind BOS
        h->list[i] =
            (eval_document){.name = d.path, .bytes = d.bytes, .given = d.prompt, .read = read_text};
    }
    h->documents = documents;
}

// The hash of a file's text: of a plain file whole, what sha256sum says.
static axl_status hash(train_held *h, axl_error *err) {
    uint8_t piece[2 * PIECE];
    for (size_t i = 0; i < h->documents;) {
        const size_t at = h->place[i].file;
        sha256 s;
        sha256_begin(&s);
        for (; i < h->documents && h->place[i].file == at; i++) {
            for (uint64_t done = 0; done < h->list[i].bytes;) {
                const uint64_t left = h->list[i].bytes - done;
                const size_t part = left < sizeof piece ? (size_t)left : sizeof piece;
                FORWARD(read_text(&h->place[i], done, piece, part, err));
                sha256_add(&s, piece, part);
                done += part;
            }
        }
        sha256_end(&s, h->file[at].sha256);
        h->file[at].hashed = true;
    }
    return AXL_OK;
}

// Cuts the list to what is to be read. Of a pair that is cut in its prompt nothing would count.
static axl_status choose(train_held *h, uint64_t limit, axl_error *err) {
    uint64_t *bytes = mem_alloc_array(2 * h->documents, sizeof *bytes);
    if (!bytes) return error_no_memory(err, "the held-out files", h->documents * sizeof *bytes);
    uint64_t *heads = bytes + h->documents;
    for (size_t i = 0; i < h->documents; i++) bytes[i] = h->list[i].bytes;
    eval_choice(bytes, h->documents, limit, heads);
    size_t count = 0;
    for (size_t i = 0; i < h->documents; i++) {
        if (heads[i] <= h->list[i].given) continue;
        h->list[count] = h->list[i];
        h->list[count].bytes = heads[i];
        h->place[count] = h->place[i];
        train_file *f = &h->file[h->place[count++].file];
        h->files_read += f->read == 0;
        f->read += heads[i] - h->list[count - 1].given;
        h->read += heads[i] - h->list[count - 1].given;
    }
    h->documents = count;
    for (size_t i = 0; i < count; i++) h->list[i].read_ctx = &h->place[i];
    mem_free(bytes);
    return AXL_OK;
}

axl_status train_held_open(train_held *out, const corpus *c, uint64_t limit, axl_error *err) {
    *out = (train_held){0};
    FORWARD(take_memory(out, corpus_documents(c, CORPUS_HELD, 0), err));
    find(out, c);
    FORWARD(hash(out, err));
    return choose(out, limit, err);
}

void train_held_close(train_held *h) {
    mem_free(h->file);
    mem_free(h->list);
    mem_free(h->place);
    *h = (train_held){0};
}
