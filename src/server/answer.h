// What happens to a request, told in this order, becomes the bytes that its client reads:
//
//   answer_begin
//   for each choice: answer_prompt where echo is asked for, answer_text any number of times,
//   answer_end; choices may come interleaved
//   answer_finish, or answer_fail at any time
//
// Each call appends what can be sent now: chunks of a stream, or the whole body at the end. Bytes
// that begin a character of UTF-8 are held back until the rest of it comes; what is no UTF-8
// becomes U+FFFD in texts, and keeps its value where tokens are reported.
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include "base/utf8.h"
#include "infer/generation.h"
#include "server/request.h"

typedef struct answer_head {
    const char *id;          // of the answer, without the prefix that its kind has; borrowed
    const char *fingerprint; // of the program and its version; borrowed
    uint64_t seconds;        // since 1970
    uint32_t nanoseconds;    // of this second
} answer_head;

// What the work took. Times in nanoseconds.
typedef struct answer_counts {
    uint64_t prompt;  // bytes of all prompts
    uint64_t cached;  // of them that were known already
    uint64_t written; // bytes, those of candidates that are not shown included
    uint64_t load_ns, read_ns, write_ns, total_ns;
} answer_counts;

typedef struct answer_choice {
    utf8_decoder utf8;
    buf text;               // what a chunk or the body is to hold
    chooser_choice *tokens; // [token_count], of what is in text; a logarithm that is NAN is unknown
    size_t *offsets;        // [token_count] in characters of the whole text
    float (*gates)[3];      // [token_count]; NULL unless the request has gates
    size_t token_count, token_capacity;
    size_t characters; // of the whole text
    uint64_t written;  // bytes
    generation_end end;
    buf word;   // the stop string that ended it
    bool begun; // a chunk was sent
} answer_choice;

// {0} is empty. head may be brought up to date between calls.
typedef struct answer {
    const request *r; // borrowed
    answer_head head;
    answer_choice *choices; // [choice_count]
    size_t choice_count;
    bool failed; // memory ran out; sticky
} answer;

// A piece of the text of a choice.
typedef struct answer_piece {
    size_t choice;
    const void *bytes; // [size]
    size_t size;
    const chooser_choice *tokens; // [size], or NULL
    // [size], or NULL: the weights of the fine, the medium and the coarse scale in what the symbol
    // was chosen from; NAN: not known.
    const float (*gates)[3];
} answer_piece;

// False where memory ran out; the answer is then to be freed, as it is in the end anyway. r is
// borrowed until then.
bool answer_begin(answer *a, const request *r, const answer_head *head);
void answer_free(answer *a); // leaves {0}

// The prompt of a choice was read. tokens: what was expected in the place of each of its symbols,
// [count - own], of which the first is ignored; NULL where probabilities are not asked for. gates:
// the same of answer_piece, NULL where they are not asked for. Writes nothing unless the request
// has echo.
bool answer_prompt(answer *a, size_t choice, const chooser_choice *tokens, const float (*gates)[3],
                   buf *out);
bool answer_text(answer *a, const answer_piece *piece, buf *out);

// word: the stop string, NULL for other ends.
bool answer_end(answer *a, size_t choice, generation_end end, const stop_string *word, buf *out);
bool answer_finish(answer *a, const answer_counts *counts, buf *out);

// The work failed after chunks were sent: the client hears it in its own form.
bool answer_fail(answer *a, const refusal *why, buf *out);

// "text/event-stream", "application/x-ndjson" or "application/json"; a constant.
const char *answer_type(const request *r);

// ---- answers that are one body ----

// The body of an error.
bool refusal_body(const refusal *why, dialect d, buf *out);

// vectors: [prompts][channels], which are brought to length 1.
bool embedding_body(const request *r, const float *vectors, const answer_counts *counts, buf *out);

// /tokenize and /detokenize; /tokenizer_info.
bool tokens_body(const request *r, buf *out);
bool tokenizer_info_body(const model_facts *m, buf *out);

#endif
