// What the tests of data/ share: a folder with files, and corpora of it. Everything here fails the
// cmocka test when it cannot work.
#ifndef DATA_DATA_CASE_H
#define DATA_DATA_CASE_H

#include "base/buf.h"
#include "data/corpus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Setup and teardown of a cmocka test: a scratch folder with "data" and "spool" in it.
int data_box_make(void **state);
int data_box_remove(void **state);

const char *data_box_path(const char *name); // in the box; a few buffers used in turn

// Makes box/data/NAME and the folders on its way.
void data_file_write(const char *name, const void *bytes, size_t count);
void data_file_text(const char *name, const char *text);

// Gzip of the bytes, as a file.
void data_file_gzip(const char *name, const void *bytes, size_t count);

// Bytes that look like no other file's: `lines` lines of pseudo-random words.
void data_file_words(const char *name, uint64_t seed, size_t lines);

// The bytes of the file at any path, whose memory is the caller's.
buf data_file_read(const char *path);

// What was left out, as "REASON PATH:LINE\n", PATH below box/data and REASON a number.
extern buf data_left_out;

// A spec of box/data as the only path, with the listener that fills data_left_out.
corpus_spec data_spec(void);

// Builds the corpus and expects it to work.
corpus *data_build(const corpus_spec *spec);

// The text of a set and group as bytes, BOS as '<' and EOS as '>'; valid until the next call.
const char *data_text(const corpus *c, corpus_set set, size_t group);

#endif
