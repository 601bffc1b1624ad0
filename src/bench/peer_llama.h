// llama.cpp as a peer: its C library, loaded from a folder, runs a llama file on the processor.
//
// The library's headers are not needed: the few functions are declared here, and its structures of
// options, which grow from version to version, are taken from its own defaults and only changed
// where they have been the same for long. Where the defaults do not look as expected it is refused.
#ifndef BENCH_PEER_LLAMA_H
#define BENCH_PEER_LLAMA_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct peer_llama peer_llama;

typedef struct peer_llama_spec {
    const char *folder; // with libllama and libggml: $AXL_LLAMA, or the npm package's
    const char *file;   // the .gguf
    size_t context;     // tokens of a sequence
    size_t sequences;   // that grow side by side; 0: one
    size_t threads;     // at least 1
    bool exact;         // keys and values in f32 and plain attention, for comparisons of results
} peer_llama_spec;

// Loads the library, which then stays for the life of the process, and the model. AXL_NOT_FOUND
// where there is no library, AXL_UNSUPPORTED for one that is too different. The caller owns *out.
axl_status peer_llama_open(peer_llama **out, const peer_llama_spec *spec, axl_error *err);
void peer_llama_close(peer_llama *p); // NULL is fine

// "llama.cpp 0.5.0"; a constant.
const char *peer_llama_version(const peer_llama *p);

size_t peer_llama_vocab(const peer_llama *p);
uint64_t peer_llama_bytes(const peer_llama *p); // of its tensors

// Forgets all but the first `keep` tokens.
axl_status peer_llama_keep(peer_llama *p, size_t keep, axl_error *err);

// Feeds count tokens, at most the context with those before; *logits (may be NULL) then points to
// those behind the last one, [vocab], until the next call.
axl_status peer_llama_feed(peer_llama *p, const int32_t *ids, size_t count, const float **logits,
                           axl_error *err);

// Feeds one token to each of the sequences, [sequences], in one call of its own: all are equally
// long. logits[i] then points to those of sequence i, [vocab], until the next call.
axl_status peer_llama_feed_all(peer_llama *p, const int32_t *ids, const float **logits,
                               axl_error *err);

// The tokens of a text, names of special tokens taken as such: how many; SIZE_MAX where there is
// not room for all.
size_t peer_llama_tokens(const peer_llama *p, const char *text, size_t bytes, int32_t *out,
                         size_t room);

// The bytes of a token; SIZE_MAX where they do not fit.
size_t peer_llama_piece(const peer_llama *p, int32_t id, char *out, size_t room);

// Tokens that the library knows the meaning of; -1 where it knows none.
typedef struct peer_llama_marks {
    int32_t bos, eos, eot, fim_prefix, fim_suffix, fim_middle, fim_pad, fim_separator,
        fim_repository;
} peer_llama_marks;
peer_llama_marks peer_llama_known(const peer_llama *p);

// The library's own quantiser: from file to file, to one of its numbers of file types.
axl_status peer_llama_quantize(const char *folder, const char *from, const char *to, int file_type,
                               axl_error *err);

#endif
