// The files of a corpus of fuzz/: those named good_* are what a reader must take, all others what
// it must refuse.
#ifndef FORMATS_CORPUS_CASE_H
#define FORMATS_CORPUS_CASE_H

#include <stdbool.h>
#include <stddef.h>

typedef void corpus_visit(const char *name, bool good, const char *path);

// Calls visit for each file of fuzz/corpus/NAME, in the order of their names; returns how many.
size_t corpus_each(const char *name, corpus_visit *visit);

// How much memory refusing a file may take: 1 MiB and four times what stands in front of its data,
// which is at most the file.
#define CORPUS_MEMORY(bytes) (((size_t)1 << 20) + 4 * (bytes))

// Flips `count` single bits of the file at path, at places from a fixed seed, one at a time. reads
// says whether the file was read, and fails the test itself when it was read as something else.
// Returns how many flips it read: harmless ones. The file is as before afterwards.
typedef bool corpus_reads(const char *path);
size_t corpus_flip(const char *path, size_t count, corpus_reads *reads);

#endif
