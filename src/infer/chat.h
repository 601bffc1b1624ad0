// A conversation as the model reads it: the system text, then turns of a question and an answer, in
// the form that the model was trained for.
#ifndef INFER_CHAT_H
#define INFER_CHAT_H

#include "base/buf.h"
#include "store/generation_json.h"

#define CHAT_TURNS ((size_t)256) // that are remembered at most

// {0} is empty. Read text.
typedef struct chat {
    const chat_template *form; // borrowed
    buf text;                  // owned
    size_t start[CHAT_TURNS];  // of each turn in the text
    size_t turns;
} chat;

// Forgets all, and begins with the system text; NULL: that of the form. A text of the caller's is
// followed by a blank line, as in the published form.
axl_status chat_begin(chat *c, const chat_template *form, const char *system, axl_error *err);
void chat_free(chat *c); // leaves {0}

// Appends a question. So that text and answer fit into `most` bytes together, the oldest turns are
// forgotten, whole: what the window would slide over first is the system text.
typedef struct chat_question {
    const void *bytes;
    size_t size;
    size_t answer, most; // bytes
} chat_question;
axl_status chat_ask(chat *c, const chat_question *q, axl_error *err);

// Appends the answer.
axl_status chat_answer(chat *c, const void *bytes, size_t size, axl_error *err);

// How a next question would begin, which is where an answer ends: the size of what is written, 0
// where the form has no beginning of a question. Blanks at its end do not count, as the model may
// leave them out.
#define CHAT_STOP_MAX (2 * GENERATION_TEXT_MAX)
size_t chat_stop(const chat_template *form, char out[CHAT_STOP_MAX]);

#endif
