// Reading the bytes of documents: from the temporary file, or from the files themselves through a
// few open descriptors.
#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "data/corpus_parts.h"

const char *corpus_file_name(const corpus *c, const data_file *f) {
    return c->names.data + f->name;
}

static void close_all(corpus *c) {
    for (size_t i = 0; i < CORPUS_OPEN_FILES; i++) {
        os_reader_close(c->open[i].fd);
        c->open[i].fd = -1;
    }
}

// Opens the file in place of the one that was used longest ago. Where the process has no
// descriptor left, ours are given back first.
static axl_status open_file_again(corpus *c, uint32_t file, open_file **out, axl_error *err) {
    open_file *slot = &c->open[0];
    for (size_t i = 1; i < CORPUS_OPEN_FILES && slot->fd >= 0; i++) {
        open_file *o = &c->open[i];
        if (o->fd < 0 || o->used < slot->used) slot = o;
    }
    os_reader_close(slot->fd);
    slot->fd = -1;
    const char *path = corpus_file_name(c, &c->file[file]);
    os_refusal why;
    axl_status status = os_reader_open(&slot->fd, path, &why, err);
    if (status != AXL_OK && why == OS_REFUSAL_CROWDED) {
        close_all(c);
        status = os_reader_open(&slot->fd, path, &why, err);
    }
    slot->file = file;
    *out = slot;
    return status;
}

static axl_status find_open(corpus *c, uint32_t file, open_file **out, axl_error *err) {
    open_file *found = NULL;
    for (size_t i = 0; i < CORPUS_OPEN_FILES && !found; i++)
        if (c->open[i].fd >= 0 && c->open[i].file == file) found = &c->open[i];
    if (!found) FORWARD(open_file_again(c, file, &found, err));
    found->used = ++c->clock;
    *out = found;
    return AXL_OK;
}

static axl_status read_plain(corpus *c, uint32_t file, os_piece *piece, axl_error *err) {
    const data_file *f = &c->file[file];
    const char *path = corpus_file_name(c, f);
    open_file *o = NULL;
    os_version now;
    FORWARD(find_open(c, file, &o, err));
    FORWARD(os_reader_read(o->fd, path, piece, err));
    FORWARD(os_reader_version(o->fd, path, &now, err));
    RETURN_IF(piece->got < piece->bytes || !os_version_same(&now, &f->version), err, AXL_BAD_FILE,
              "%s was changed while it was in use", path);
    return AXL_OK;
}

axl_status corpus_read(const corpus *shared, const document *d, os_piece *piece, axl_error *err) {
    // What the lock guards is the reader's own and no part of what a corpus is.
    corpus *c = (corpus *)(uintptr_t)shared;
    os_piece inside = *piece;
    inside.offset += d->offset;
    axl_status status;
    if (c->file[d->file].spooled) {
        status = os_spool_read(c->spool, inside.offset, inside.to, inside.bytes, err);
    } else {
        os_mutex_lock(&c->lock);
        status = read_plain(c, d->file, &inside, err);
        os_mutex_unlock(&c->lock);
    }
    piece->got = status == AXL_OK ? piece->bytes : 0;
    return status;
}

axl_status corpus_hash(const corpus *c, const document *d, digest *out, axl_error *err) {
    char piece[4096];
    digest_state s = {0};
    for (uint64_t at = 0; at < d->bytes; at += sizeof piece) {
        const uint64_t left = d->bytes - at;
        os_piece p = {.offset = at, .to = piece};
        p.bytes = left < sizeof piece ? (size_t)left : sizeof piece;
        FORWARD(corpus_read(c, d, &p, err));
        digest_add(&s, piece, p.bytes);
    }
    *out = digest_end(&s);
    return AXL_OK;
}

static const data_text *text_of(const corpus *c, corpus_set set, size_t group) {
    return set == CORPUS_HELD ? &c->held : &c->train[group];
}

uint64_t corpus_length(const corpus *c, corpus_set set, size_t group) {
    return text_of(c, set, group)->length;
}

double corpus_weight(const corpus *c, size_t group) {
    return c->weight[group];
}

size_t corpus_documents(const corpus *c, corpus_set set, size_t group) {
    return text_of(c, set, group)->count;
}

corpus_document corpus_document_at(const corpus *c, corpus_set set, size_t group, size_t index) {
    const data_text *t = text_of(c, set, group);
    const document *d = &c->document[t->document[index]];
    return (corpus_document){.path = corpus_file_name(c, &c->file[d->file]),
                             .bytes = d->bytes,
                             .prompt = d->prompt,
                             .start = t->start[index]};
}

size_t corpus_document_of(const corpus *c, corpus_set set, size_t group, uint64_t position) {
    const data_text *t = text_of(c, set, group);
    size_t low = 0, high = t->count; // start[low] <= position < start[high]
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (t->start[middle] <= position)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// Bytes become symbols of twice their size: they are read into the back half of their room and
// spread from the front, where no symbol reaches a byte that is still to be read.
static axl_status read_symbols(const corpus *c, const document *d, os_piece *piece,
                               axl_error *err) {
    uint16_t *out = piece->to;
    const uint8_t *bytes = (const uint8_t *)out + piece->bytes;
    piece->to = (uint8_t *)out + piece->bytes;
    FORWARD(corpus_read(c, d, piece, err));
    for (size_t i = 0; i < piece->bytes; i++) out[i] = bytes[i];
    return AXL_OK;
}

axl_status corpus_symbols(const corpus *c, corpus_range range, uint16_t *out, axl_error *err) {
    const data_text *t = text_of(c, range.set, range.group);
    RETURN_IF(range.start > t->length || range.count > t->length - range.start, err, AXL_INTERNAL,
              "symbols behind the end of a text");
    if (range.count == 0) return AXL_OK;
    size_t index = corpus_document_of(c, range.set, range.group, range.start);
    uint64_t at = range.start - t->start[index]; // in BOS, bytes, EOS
    for (size_t done = 0; done < range.count;) {
        const document *d = &c->document[t->document[index]];
        if (at == 0) {
            out[done++] = CORPUS_BOS;
            at++;
        } else if (at <= d->bytes) {
            const uint64_t left = d->bytes - (at - 1);
            os_piece p = {.offset = at - 1, .to = out + done, .bytes = range.count - done};
            if (p.bytes > left) p.bytes = (size_t)left;
            FORWARD(read_symbols(c, d, &p, err));
            done += p.bytes;
            at += p.bytes;
        } else {
            out[done++] = CORPUS_EOS;
            index++;
            at = 0;
        }
    }
    return AXL_OK;
}
