// A model's generation_config.json: how it is meant to be used.
#ifndef STORE_GENERATION_JSON_H
#define STORE_GENERATION_JSON_H

#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stdint.h>

#define GENERATION_JSON_MAX ((size_t)256 << 10)
#define GENERATION_TEXT_MAX ((size_t)1024) // of one text of a template, with its end

// How a conversation is written down: system, then for each turn user, the question, assistant, the
// answer, end.
typedef struct chat_template {
    char system[GENERATION_TEXT_MAX];    // the whole text before the first turn; may be empty
    char user[GENERATION_TEXT_MAX];      // "User: "
    char assistant[GENERATION_TEXT_MAX]; // "\nAssistant:"
    char end[GENERATION_TEXT_MAX];       // "\n"
} chat_template;

typedef struct generation_settings {
    uint64_t max_new_tokens;
    double temperature, top_p, min_p, repetition_penalty;
    uint64_t top_k;
    bool do_sample; // false: the most probable symbol, whatever the others say
    chat_template chat;
} generation_settings;

// What holds where a file says nothing: the published values for sampling, and the published form
// of conversations.
generation_settings generation_defaults(void);

// Reads the text of a generation_config.json, which `what` names in messages; a field that is
// absent has its default, unknown ones are ignored. Texts of the template stand in "chat_template"
// as an object with "system", "user", "assistant" and "end". *out is undefined after a failure.
axl_status generation_parse(generation_settings *out, const char *what, const buf *text,
                            axl_error *err);

// Reads the file in the model directory at path, or the text that a file of a model carries; where
// there is none, the defaults.
axl_status generation_read(generation_settings *out, const char *path, axl_error *err);

#endif
