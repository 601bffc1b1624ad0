// Generating text: an engine is a model that is loaded once and never changes; a session is one
// text over it, and what is needed to go on with it.
//
//   axl_engine *engine;       axl_engine_open(&engine, "my-model", NULL, &err);
//   axl_session *session;     axl_session_create(&session, engine, &err);
//   axl_session_append(session, "def main", 8, &err);
//   axl_generate_options o;   axl_generate_defaults(engine, &o);
//   axl_generate_result r;    axl_generate(session, &o, NULL, &r, &err);
//   fwrite(r.text, 1, r.bytes, stdout);
//
// Threads: an engine may be used by any number of threads at once, a session by one at a time.
// Sessions of an engine share its threads, and take turns at every step.
//
// Same seed, same text: a generation follows from the model, the text before it, the options and
// the level of the kernels. Neither the number of threads nor other sessions nor drafts change a
// byte.
#ifndef AXL_GENERATE_H
#define AXL_GENERATE_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct axl_engine axl_engine;
typedef struct axl_session axl_session;

// ---- the model --------------------------------------------------------------------------------

// All zero is a good default.
typedef struct axl_engine_options {
    const char *level; // of the kernels; NULL: the best that runs here
    size_t threads;    // 0: as many as the process may use
} axl_engine_options;

// From now on engines use the weights where they lie in the mapped file instead of copying them:
// for programs, once at the start, before threads. It installs a handler of SIGBUS for the whole
// process and for good; so a file that is cut while it is in use ends what uses it, with
// AXL_BAD_FILE, and not the process. Faults that have nothing to do with such files go to the
// handler that was there before. err may be NULL.
AXL_API axl_status axl_engine_map_files(axl_error *err);

// Loads the model at path: a directory, .safetensors, .gguf or .pt. The caller owns *out and closes
// it after its sessions; NULL on failure. options may be NULL. The file must not change meanwhile
// where it is mapped: everything fails from then on.
AXL_API axl_status axl_engine_open(axl_engine **out, const char *path,
                                   const axl_engine_options *options, axl_error *err);
AXL_API void axl_engine_close(axl_engine *engine); // NULL is fine

typedef struct axl_engine_info {
    uint64_t params;
    size_t vocab_size;      // 256 bytes, BOS, EOS, and what else the model has
    size_t context;         // bytes; a longer text slides through this window
    bool infill;            // it was trained to fill in the middle
    uint64_t session_bytes; // memory of a session, without its text
    const char *level;      // of the kernels; a constant
    size_t threads;
} axl_engine_info;
AXL_API void axl_engine_describe(const axl_engine *engine, axl_engine_info *out);

// ---- a text -----------------------------------------------------------------------------------

// An empty text. The caller owns *out; NULL on failure.
AXL_API axl_status axl_session_create(axl_session **out, axl_engine *engine, axl_error *err);
AXL_API void axl_session_free(axl_session *session); // NULL is fine

// Another session with the same text, for the cost of a copy.
AXL_API axl_status axl_session_fork(axl_session **out, const axl_session *session, axl_error *err);

// Makes the text longer. Any bytes will do, zeros and broken UTF-8 too. The model reads them in the
// next call that needs it.
AXL_API axl_status axl_session_append(axl_session *session, const void *bytes, size_t size,
                                      axl_error *err);

// Makes the text these bytes, and keeps what is computed of their beginning, as when a prompt is
// sent again with more behind it. What follows is the same, bit for bit, as in a new session.
AXL_API axl_status axl_session_replace(axl_session *session, const void *bytes, size_t size,
                                       axl_error *err);

// Makes the text a prompt to fill in what is missing between the text and a suffix. Both are cut
// where they are too long for the context, at their ends that are far from the gap, so that `room`
// bytes can be written. AXL_UNSUPPORTED where the model was not trained to.
AXL_API axl_status axl_session_infill(axl_session *session, const void *suffix, size_t size,
                                      size_t room, axl_error *err);

// Keeps the first `size` bytes of the text. Going on is cheapest at multiples of 4. Not for a text
// to be filled in.
AXL_API axl_status axl_session_truncate(axl_session *session, size_t size, axl_error *err);

// Bytes of the text, generated ones included.
AXL_API size_t axl_session_size(const axl_session *session);

// Called on the thread of the caller. Not 0 ends the call with AXL_INTERRUPTED. Both may be NULL.
typedef struct axl_generate_events {
    // Bytes that are certain to be in the text: no stop string begins there, and no character of
    // UTF-8 is cut (bytes that are not UTF-8 come as they are).
    int (*text)(void *ctx, const void *bytes, size_t size);
    // Before every pass of the model: so many bytes of the prompt are left to read.
    int (*step)(void *ctx, uint64_t unread);
    void *ctx;
} axl_generate_events;

// Lets the model read what it has not read yet, which else the next call does that needs it: before
// forks, so that they need not, or while a user types. events may be NULL.
AXL_API axl_status axl_session_read(axl_session *session, const axl_generate_events *events,
                                    axl_error *err);

// Copies the bytes of the text from place `from` on, at most size of them; how many. Not for a text
// to be filled in, of which there are none.
AXL_API size_t axl_session_copy(const axl_session *session, size_t from, void *to, size_t size);

// What is expected next: natural logarithms of probabilities, [vocab_size]; 257 is the end of the
// text.
AXL_API axl_status axl_session_predict(axl_session *session, double *logprobs, axl_error *err);

// ---- generation -------------------------------------------------------------------------------

typedef struct axl_bias {
    unsigned symbol; // a byte, or 257, the end of the text
    double bias;     // added to its logit; -INFINITY bans it
} axl_bias;

typedef struct axl_stop {
    const void *bytes;
    size_t size; // 1 to 4096
} axl_stop;

#define AXL_SEED_ANY UINT64_MAX // another one each time; the result tells which
#define AXL_TOP_MAX 20

// What is chosen from goes through these stages, in this order, which is that of llama.cpp:
// bias, penalties, top_k, top_p, min_p, temperature. axl_generate_defaults fills all in. Pointers
// stay the caller's.
typedef struct axl_generate_options {
    uint64_t max_bytes;
    double max_seconds;       // the reading of the prompt included; 0: any number
    double temperature;       // 0: always the most probable byte
    size_t top_k;             // choose from the most probable k; 0: all
    double top_p;             // from the fewest that have this probability together; 1: all
    double min_p;             // from those that have this share of the largest probability; 0: all
    double repeat_penalty;    // divides positive logits of bytes that occurred; 1: none
    double presence_penalty;  // is taken off them
    double frequency_penalty; // is taken off them for each time that they occurred
    size_t repeat_last;       // bytes that the penalties look back over
    const axl_bias *bias;     // [bias_count]
    size_t bias_count;
    uint64_t seed;        // or AXL_SEED_ANY
    uint64_t variant;     // 0, 1, ...: further texts of a seed
    const axl_stop *stop; // [stop_count] end the text and are no part of it; at most 64
    size_t stop_count;
    bool ignore_end; // go on where the model would end its text
    bool no_draft;   // compute every byte by itself: the same text, usually slower
    bool probabilities;
    size_t top; // with probabilities: also of the most probable symbols, at most AXL_TOP_MAX
} axl_generate_options;

// The settings of the model's generation_config.json, and a seed of AXL_SEED_ANY.
AXL_API void axl_generate_defaults(const axl_engine *engine, axl_generate_options *out);

// One of the most probable symbols.
typedef struct axl_top {
    unsigned symbol;
    double logprob;
} axl_top;

// A byte that was chosen. Probabilities are the model's own, before any option.
typedef struct axl_probability {
    double logprob;
    size_t top_count;
    axl_top top[AXL_TOP_MAX]; // [top_count], the most probable first
} axl_probability;

typedef enum axl_generate_end {
    AXL_END_STOP = 1, // a stop string
    AXL_END_EOS,      // the model ended its text
    AXL_END_LENGTH,   // max_bytes
    AXL_END_TIME      // max_seconds
} axl_generate_end;

// "stop", "eos", "length" or "time"; a constant.
AXL_API const char *axl_generate_end_name(axl_generate_end end);

typedef struct axl_generate_result {
    char *text; // [bytes], and a zero behind them; owned, as probabilities
    size_t bytes;
    axl_probability *probabilities; // [bytes], or NULL
    axl_generate_end end;
    uint64_t seed;          // that was used
    uint64_t prompt_bytes;  // of the text before it
    uint64_t read_bytes;    // of them that were read since the session's last generation
    double read_seconds;    // that this took
    double seconds;         // from then on
    double bytes_per_s;     // bytes / seconds
    uint64_t passes;        // of the model, after the prompt
    uint64_t drafted, used; // guesses that were computed with them, and that were right
} axl_generate_result;

// Goes on with the session's text. The text of the session then ends with what was generated,
// without the stop string. After AXL_INTERRUPTED *result holds what there is; after other failures
// nothing. events and err may be NULL. The caller gives the result back.
AXL_API axl_status axl_generate(axl_session *session, const axl_generate_options *options,
                                const axl_generate_events *events, axl_generate_result *result,
                                axl_error *err);
AXL_API void axl_generate_result_free(axl_generate_result *result); // NULL is fine; leaves it empty

// ---- conversations ----------------------------------------------------------------------------

// Questions and answers in the form that the model was trained for: that of its
// generation_config.json, or the published one, "User: ... Assistant: ...". The oldest turns are
// forgotten when the context is full.
typedef struct axl_chat axl_chat;

// system: what stands before the conversation; NULL: what the model has there. The caller owns *out
// and frees it before the engine; NULL on failure.
AXL_API axl_status axl_chat_create(axl_chat **out, axl_engine *engine, const char *system,
                                   axl_error *err);
AXL_API void axl_chat_free(axl_chat *chat); // NULL is fine

// Asks, and answers as axl_generate does; the beginning of a next question ends the answer too.
// After AXL_INTERRUPTED the answer is what there is of it.
typedef struct axl_question {
    const void *bytes;
    size_t size;
    const axl_generate_options *options;
    const axl_generate_events *events; // may be NULL
} axl_question;
AXL_API axl_status axl_chat_ask(axl_chat *chat, const axl_question *question,
                                axl_generate_result *result, axl_error *err);

// Forgets the conversation.
AXL_API axl_status axl_chat_clear(axl_chat *chat, axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
