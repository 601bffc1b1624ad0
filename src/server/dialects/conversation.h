// Messages as a prompt, in the form that the model was trained for (infer/chat.h). Names of symbols
// in messages are plain text.
#ifndef SERVER_CONVERSATION_H
#define SERVER_CONVERSATION_H

#include "server/dialects/body.h"
#include "server/request.h"

// Reads the field "messages" into one prompt, and adds where an answer ends to the stop strings.
// Where the last message is the assistant's, it is gone on with.
bool conversation_read(const body *b, request *r);

#endif
