// How each dialect writes the parts of an answer.
#ifndef SERVER_FORMS_H
#define SERVER_FORMS_H

#include "base/json_out.h"
#include "server/answer.h"

typedef struct answer_form {
    // A chunk of what choice c has, which is then forgotten; not called where that is nothing.
    void (*chunk)(const answer *a, size_t c, buf *out);
    // The chunk that ends choice c, with what it still has.
    void (*last)(const answer *a, size_t c, buf *out);
    // Behind the last chunks of a stream.
    void (*close)(const answer *a, const answer_counts *counts, buf *out);
    // All of it.
    void (*whole)(const answer *a, const answer_counts *counts, buf *out);
} answer_form;

extern const answer_form form_openai_text, form_openai_chat, form_llama, form_ollama;

// "stop" or "length".
const char *finish_reason(generation_end end);

// "data: ", the JSON text that write makes, and an empty line.
typedef void json_write(json_out *j, const answer *a, size_t c);
void put_event(const answer *a, size_t c, json_write *write, buf *out);

void put_notes(json_out *j, const request *r); // nothing where there are none
void put_usage(json_out *j, const answer_counts *counts);
void put_timings(json_out *j, const answer_counts *counts);

// Probabilities of what choice c has, in the three shapes that there are.
void put_legacy_logprobs(json_out *j, const answer *a, size_t c);
void put_chat_logprobs(json_out *j, const answer *a, size_t c);
void put_token_list(json_out *j, const char *name, const answer *a, size_t c);

// "axl": what only this server has of choice c; nothing where it is not asked for.
void put_axl(json_out *j, const answer *a, size_t c);

// "2026-01-02T03:04:05.000000006Z".
void put_time(json_out *j, const char *name, uint64_t seconds, uint32_t nanoseconds);

// Base64 of bytes, as RFC 4648 has it.
bool base64_put(buf *out, const void *bytes, size_t size);

#endif
