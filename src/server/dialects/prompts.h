// Prompts from what clients send: texts, tokens, a text with a suffix, a conversation.
//
// A prompt that is longer than the model can read loses what matters least: a text its beginning, a
// gap to be filled the parts of prefix and suffix that are far from it, a conversation its oldest
// turns. Texts are cut in steps, so that one which grows keeps its beginning for many keys and what
// is known of it stays of use. What was cut is counted and noted. With echo nothing is cut, because
// the client counts on every token of it; the window then slides.
#ifndef SERVER_PROMPTS_H
#define SERVER_PROMPTS_H

#include "server/dialects/body.h"
#include "server/dialects/symbols.h"
#include "server/request.h"

// Symbols that a prompt of this request may have: what is to be written finds room in the window
// too, up to half of it.
size_t prompt_room(const request *r);

// A text as a prompt, its names read as symbols. One that asks for a gap to be filled,
// PREFIX and SUFFIX marked and MIDDLE marked last, is brought into the form that keeps most of it.
bool prompt_add_text(request *r, const void *text, size_t size, refusal *why);

// Symbols as a prompt; BOS is put before them where they have none. Takes what is in the list.
bool prompt_add_symbols(request *r, symbol_list *l, refusal *why);

// The gap between two texts. field: what asked for it.
bool prompt_add_gap(request *r, const infill *gap, const char *field, refusal *why);

// The field, of any of the four forms: a text, texts, tokens, lists of tokens. Absent: BOS alone.
bool prompts_read(const body *b, const char *field, request *r);

// An array of tokens.
bool prompt_tokens(const body *b, const char *field, const model_facts *m, const json_t *list,
                   symbol_list *out);

// Adds what was cut to the notes.
bool prompts_note(request *r, refusal *why);

#endif
