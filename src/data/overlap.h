// What of a text stands in texts that it must not have: benchmarks.
//
// A text of a benchmark is a string of its JSON, or a part of about OVERLAP_PART words of a longer
// one or of a plain file. Both sides are compared by their runs of OVERLAP_RUN words (words.h), so
// that layout, capitals and punctuation do not matter. Numbers are no words here: "1, 2, 3, 4" is
// in every test of arrays, and a problem with other numbers is still the same. Another text is
// contaminated when it has at least OVERLAP_SHARE of the runs of one of these texts. Strings of
// fewer than OVERLAP_LEAST words are not compared: a line like "return a + b" is nobody's.
#ifndef DATA_OVERLAP_H
#define DATA_OVERLAP_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVERLAP_RUN 8
#define OVERLAP_LEAST 10
#define OVERLAP_PART 64
#define OVERLAP_SHARE 0.5
#define OVERLAP_FILE_MAX ((size_t)256 << 20) // bytes of one benchmark file, decoded

typedef struct overlap overlap;

// The caller owns *out; NULL on failure.
axl_status overlap_open(overlap **out, axl_error *err);
void overlap_close(overlap *o); // NULL is allowed

// Adds a benchmark: .json or .jsonl, in which every string counts, or any other file as one text;
// .gz of either. AXL_BAD_FILE where nothing of it can be compared.
axl_status overlap_add_file(overlap *o, const char *path, axl_error *err);

// A string of it, as above.
axl_status overlap_add_text(overlap *o, const char *text, size_t bytes, axl_error *err);

// When all are there: no more can be added. From then on several threads may ask, each with an
// asker of its own.
axl_status overlap_finish(overlap *o, axl_error *err);

size_t overlap_texts(const overlap *o);
uint64_t overlap_memory(const overlap *o);

typedef struct overlap_asker overlap_asker;
axl_status overlap_asker_open(overlap_asker **out, const overlap *o, axl_error *err);
void overlap_asker_close(overlap_asker *a); // NULL is allowed
bool overlap_found(overlap_asker *a, const char *text, size_t bytes);

#endif
